// One of cuDNN's execution plans, run by any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engines/cuda/cudnn/execution_plans.h"
#include "plan/engine.h"

namespace faltung::cuda_cudnn {

class CudnnPlan final : public Plan {
 public:
  // `notes`: what was tried before and why it was not taken.
  CudnnPlan(const ConvProblem& problem, Device device, const std::string& config_name, ExecutionPlan built,
            std::vector<std::string> notes);

  std::size_t workspace_bytes() const override { return plans_.workspace_bytes(); }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;
  // What PyTorch reports for a plan it keeps.
  std::size_t footprint_bytes() const override { return 256 << 10; }

 private:
  ConvProblem problem_;
  Device device_;
  std::string name_;
  ExecutionPlans plans_;
  std::vector<std::string> notes_;
  std::uint64_t serial_;  // never used again, as an address may be
};

}  // namespace faltung::cuda_cudnn
