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

// The convolution, then bias and activation where the result lies.
class StepsPlan final : public Plan {
 public:
  StepsPlan(const Task& task, const Method& method);
  std::size_t workspace_bytes() const override { return method_.workspace_bytes; }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;

 private:
  void finish(Handle handle, const Operands& operands) const;

  Task task_;
  Method method_;
  Owned activation_;
};

class FusedPlan final : public Plan {
 public:
  FusedPlan(const Task& task, Handle handle);
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;

 private:
  Task task_;
  FusionPool fusions_;
};

}  // namespace faltung::hip_miopen
