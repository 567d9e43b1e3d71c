// A weight gradient as part of the gradient of a wider filter, which is in the workspace.
#pragma once

#include <memory>

#include "engines/cuda/cudnn/describe/wide_filter.h"
#include "faltung/engine.h"

namespace faltung::cuda_cudnn {

// Workspace that remains for the plan of `asked` under a limit. Throws Unsupported if the wider filter alone exceeds
// it.
std::optional<std::size_t> left_beside_wide_filter(const Asked& asked, std::optional<std::size_t> limit);

class WidePlan final : public Plan {
 public:
  // `plan` solves `asked` on behalf of `problem`.
  WidePlan(const ConvProblem& problem, const Asked& asked, std::shared_ptr<const Plan> plan);

  std::size_t workspace_bytes() const override { return bytes_; }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;
  std::size_t footprint_bytes() const override { return plan_->footprint_bytes() + sizeof *this; }

 private:
  ConvProblem problem_;
  Asked asked_;
  std::shared_ptr<const Plan> plan_;
  std::size_t offset_, bytes_;  // offset of the wider filter in the workspace; total
};

}  // namespace faltung::cuda_cudnn
