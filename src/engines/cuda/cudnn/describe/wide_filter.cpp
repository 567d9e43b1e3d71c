#include "engines/cuda/cudnn/describe/wide_filter.h"

#include "base/checked.h"
#include "engines/cuda/cudnn/describe/convolution.h"
#include "problem/geometry.h"
#include "problem/nested_shape.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr std::int64_t most_growth = 4;

bool is_even(const Axis& axis) { return post_padding(axis) == axis.pad; }

Axis with_taps(Axis axis, std::int64_t before, std::int64_t behind) {
  axis.filter += before + behind;
  axis.pad += before * axis.dilation;
  return axis;
}

// Widens the filter by the fewest taps that make the padding symmetric, all before or all after it; returns how many
// are before. The low pad may exceed the least high pad by less than a stride, by any amount for a single output; a tap
// before the filter adds its dilation to the difference, one behind takes it off.
std::optional<std::int64_t> widen(Axis& axis) {
  const std::int64_t excess = axis.pad - axis.high_pad(), most = axis.out > 1 ? axis.stride - 1 : excess;
  const std::int64_t before = excess < 0 ? ceil_div(-excess, axis.dilation) : 0;
  const std::int64_t behind = excess > most && excess > 0 ? ceil_div(excess - most, axis.dilation) : 0;
  const Axis wide = with_taps(axis, before, behind);
  if (before + behind > (most_growth - 1) * axis.filter || !is_even(wide)) return std::nullopt;
  axis = wide;
  return before;
}

}  // namespace

std::optional<Asked> asked_for(const ConvProblem& p) {
  Asked asked{p};
  if (p.pass != Pass::WeightGrad) return asked;
  Geometry& g = asked.problem.geometry;
  for (int i = 0; i < g.rank; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto before = widen(g.axes[at]);
    if (!before) return std::nullopt;
    asked.first_tap[at] = *before;
  }
  if (g == p.geometry) return asked;
  const std::int64_t wanted = numel_of(p.geometry, Role::w), taps = numel_of(g, Role::w);
  if (taps > most_growth * wanted) return std::nullopt;
  asked.wider = true;
  const auto order = order_of(p).value_or(MemoryFormat::contiguous);
  asked.problem.w.strides = operand_strides(g, Role::w, order);
  asked.problem.w.alignment = Operand::max_alignment;
  return asked;
}

}  // namespace faltung::cuda_cudnn
