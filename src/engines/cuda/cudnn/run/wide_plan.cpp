#include "engines/cuda/cudnn/run/wide_plan.h"

#include <fmt/format.h>

#include "compose/composite_plan.h"
#include "faltung/error.h"
#include "problem/geometry.h"

namespace faltung::cuda_cudnn {
namespace {

// Plans expect their workspace to be 256-byte aligned.
std::size_t rounded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

std::size_t wide_filter_bytes(const Asked& asked) {
  const ConvProblem& p = asked.problem;
  return rounded(static_cast<std::size_t>(numel_of(p.geometry, Role::w)) * size_of(p.w.dtype));
}

}  // namespace

std::optional<std::size_t> left_beside_wide_filter(const Asked& asked, std::optional<std::size_t> limit) {
  if (!limit) return std::nullopt;
  const std::size_t taken = wide_filter_bytes(asked);
  if (*limit < taken)
    throw Error(ErrorCode::Unsupported,
                fmt::format("the gradient of a wider filter with even pads needs a workspace of {} "
                            "bytes; the limit is {}",
                            taken, *limit));
  return (*limit - taken) / 256 * 256;
}

WidePlan::WidePlan(const ConvProblem& problem, const Asked& asked, std::shared_ptr<const Plan> plan)
    : problem_(problem),
      asked_(asked),
      plan_(std::move(plan)),
      offset_(rounded(plan_->workspace_bytes())),
      bytes_(offset_ + wide_filter_bytes(asked)) {}

void WidePlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const {
  const ConvProblem& wide = asked_.problem;
  Operands part = operands;
  part.w = workspace.data() + offset_;
  plan_->run(part, workspace.first(plan_->workspace_bytes()), execution);
  TensorView taps = view_of(wide.geometry, Role::w, wide.w, part.w);
  for (int i = 0; i < wide.geometry.rank; ++i) {
    const auto at = static_cast<std::size_t>(i);
    taps = taps.narrow(3 + i, asked_.first_tap[at], problem_.geometry.axes[at].filter);
  }
  copy_on(execution, taps, view_of(problem_.geometry, Role::w, problem_.w, operands.w));
}

void WidePlan::outline(Outline& outline) const {
  outline.line("cuda.cudnn: cut out of the gradient of a wider filter, whose pads are even");
  outline.child(*plan_);
}

}  // namespace faltung::cuda_cudnn
