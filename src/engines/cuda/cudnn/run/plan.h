// One of cuDNN's execution plans, usable by any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engines/cuda/cudnn/run/execution_plans.h"
#include "faltung/engine.h"

namespace faltung::cuda_cudnn {

class CudnnPlan final : public Plan {
 public:
  // `another` builds the same once more; `notes`: the configurations tried before, and why they were not used.
  CudnnPlan(const ConvProblem& problem, Device device, const std::string& config_name, ExecutionPlan built,
            ExecutionPlans::Build another, std::vector<std::string> notes);

  std::size_t workspace_bytes() const override { return plans_.workspace_bytes(); }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;
  // The size that PyTorch assumes for a cached plan.
  std::size_t footprint_bytes() const override { return 256 << 10; }

 private:
  ConvProblem problem_;
  Device device_;
  std::string name_;
  ExecutionPlans plans_;
  std::vector<std::string> notes_;
  std::uint64_t serial_;  // never reused, unlike an address
};

}  // namespace faltung::cuda_cudnn
