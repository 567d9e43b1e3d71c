// cuDNN's engine configurations for a problem, best first, and the reasons why some may not be used.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cuda/cudnn/find/descriptor.h"

namespace faltung::cuda_cudnn {

struct EngineConfig {
  std::string name;
  std::shared_ptr<const Descriptor> config;
  std::string refused;                         // why it must not or cannot be used; empty if no reason is known
  std::optional<std::size_t> workspace_bytes;  // known once it was built
  bool is_built = false;
  bool compiled_at_run_time = false;  // by building its first plan, up to a second; determined for epilogues only
};

// Configurations in the order of discovery.
class ConfigList {
 public:
  EngineConfig* find(std::string_view name) noexcept;
  // Ignores a configuration that is already listed.
  void add(EngineConfig config);

  std::size_t size() const noexcept { return all_.size(); }
  EngineConfig& operator[](std::size_t i) noexcept { return all_[i]; }

  // The first `most` usable ones. Those that must be compiled come last, so that the time limit for measuring cuts them
  // rather than the many that need no compiling.
  std::vector<std::string> names_to_try(std::size_t most) const;

 private:
  std::vector<EngineConfig> all_;
};

}  // namespace faltung::cuda_cudnn
