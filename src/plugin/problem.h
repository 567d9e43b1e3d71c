// Problems and devices as plug-ins see them.
#pragma once

#include <string>

#include "faltung/device_info.h"
#include "faltung/plugin.h"
#include "faltung/problem.h"

namespace faltung::plugin {

// The struct and the texts that it points to.
class PluginProblem {
 public:
  explicit PluginProblem(const ConvProblem& problem);
  PluginProblem(const PluginProblem&) = delete;
  PluginProblem& operator=(const PluginProblem&) = delete;
  const faltung_plugin_problem& get() const noexcept { return problem_; }

 private:
  std::string text_;
  faltung_plugin_problem problem_{};
};

std::uint64_t features_of(const ConvProblem& problem);
// The names of these features, by comma: "bias, activation".
std::string names_of_features(std::uint64_t features);

faltung_plugin_device device_for(const ConvProblem& problem, const DeviceInfo& device);

}  // namespace faltung::plugin
