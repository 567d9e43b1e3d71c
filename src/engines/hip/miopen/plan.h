// MIOpen's plans, usable by any thread.
#pragma once

#include <memory>

#include "engines/hip/miopen/fusion.h"
#include "engines/hip/miopen/method.h"

namespace faltung::hip_miopen {

// A problem on its device, with what was not taken before, and why.
struct Task {
  ConvProblem problem;
  Device device;
  std::shared_ptr<const Convolution> convolution;
  std::vector<std::string> notes;
};

// A fusion plan; or the convolution, then bias and activation where the result lies.
class MiopenPlan final : public Plan {
 public:
  MiopenPlan(const Task& task, Handle handle);  // compiles a fusion plan
  MiopenPlan(const Task& task, const Method& method);
  std::size_t workspace_bytes() const override { return method_.workspace_bytes; }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;
  std::string name() const { return fusions_ ? "a fusion plan" : name_of(method_); }

 private:
  void run_on(Handle handle, const Operands& operands, Workspace workspace) const;

  Task task_;
  Method method_;
  Owned activation_;
  std::unique_ptr<FusionPool> fusions_;
};

}  // namespace faltung::hip_miopen
