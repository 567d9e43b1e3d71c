#include "engines/cuda/cudnn/wide_filter.h"

#include "engines/cuda/cudnn/convolution.h"
#include "engines/cuda/cudnn/layout.h"
#include "problem/geometry.h"

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
// are before.
std::optional<std::int64_t> widen(Axis& axis) {
  for (std::int64_t more = 0; more <= (most_growth - 1) * axis.filter; ++more)
    for (const std::int64_t before : {std::int64_t{0}, more})
      if (const Axis wide = with_taps(axis, before, more - before); is_even(wide)) return axis = wide, before;
  return std::nullopt;
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
