#include "verify/lone_factor.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "problem/border.h"
#include "problem/geometry.h"
#include "verify/definition.h"

namespace faltung {
namespace {

constexpr LoneFactor forward_factors[] = {{Role::w, 0, 1, 2, 1, 2, 0}};
constexpr LoneFactor data_grad_factors[] = {{Role::w, 0, 2, 1, 1, 2, 0}};
constexpr LoneFactor weight_grad_factors[] = {{Role::y, 1, 2, 0, 0, 1, 2}, {Role::x, 1, 2, 0, 0, 2, 1}};

// Counts need one image, and one channel of the axis along which they are alike or that is summed over.
ConvProblem counting_form(const ConvProblem& problem, Role role) {
  ConvProblem one = problem;
  one.geometry.batch = 1;
  const bool one_out_channel = problem.pass == Pass::DataGrad || role == Role::x;
  (one_out_channel ? one.geometry.out_channels : one.geometry.in_channels) = 1;
  return one;
}

bool is_whole_strides(const Axis& axis) { return axis.filter % axis.stride == 0; }

// By almost two strides at either end; taps that meet no element of x are left out, as strides may be huge.
void lengthen_filter(Axis& axis) {
  const std::int64_t more = axis.stride > 1 ? 2 * axis.stride - 1 : 0;
  const std::int64_t most_before = std::max<std::int64_t>((axis.out - 1) * axis.stride - axis.pad, 0) / axis.dilation;
  const std::int64_t most_behind = (axis.in - 1 + std::max<std::int64_t>(axis.pad, 0)) / axis.dilation;
  const std::int64_t before = std::min(more, most_before);
  axis.filter += before + std::min(more, most_behind);
  axis.pad += before * axis.dilation;
}

// The outputs stay, so that the padding grows.
ConvProblem with_longer_filter(const ConvProblem& problem) {
  ConvProblem longer = problem;
  longer.geometry.in_channels = 1;
  const auto axes = std::span(longer.geometry.axes).first(static_cast<std::size_t>(problem.geometry.rank));
  if (!std::all_of(axes.begin(), axes.end(), is_whole_strides))
    std::for_each(axes.begin(), axes.end(), lengthen_filter);
  return longer;
}

// The same over the padded x.
ConvProblem without_border(ConvProblem problem) {
  if (problem.padding_mode == Border::zeros) return problem;
  problem.geometry = padded(problem.geometry);
  problem.padding_mode = Border::zeros;
  problem.x.strides = operand_strides(problem.geometry, Role::x, MemoryFormat::contiguous);
  return problem;
}

// The element of x that stands at a position of the padded x.
Dims source_of(const ConvProblem& problem, Dims index) {
  if (problem.padding_mode == Border::zeros) return index;
  for (int a = 0; a < problem.geometry.rank; ++a) {
    const Axis& axis = problem.geometry.axes[static_cast<std::size_t>(a)];
    index[3 + a] = faltung::source_of(problem.padding_mode, axis.in, index[3 + a] - low_padding(axis));
  }
  return index;
}

}  // namespace

Dims without(Dims index, int axis) {
  index[axis] = 0;
  return index;
}

std::span<const LoneFactor> lone_factors(Pass pass) {
  if (pass == Pass::WeightGrad) return weight_grad_factors;
  return pass == Pass::Forward ? std::span<const LoneFactor>(forward_factors) : data_grad_factors;
}

bool is_finite(std::complex<double> value) noexcept {
  return std::isfinite(value.real()) && std::isfinite(value.imag());
}

LoneFactorCounts::LoneFactorCounts(const ConvProblem& problem, const VerifyData& data, const LoneFactor& factor)
    : factor_(factor) {
  std::map<Dims, double> bad;
  for_each_index(data.operand(factor.role).extents(), [&](const Dims& index) {
    if (is_finite(data.operand(factor.role).get(index))) return;
    ++bad[without(index, factor.summed)];
    ++all_[{index[factor.group], index[factor.channel]}];
  });
  // Where elements of x stand in the padding too, one may meet nothing here and something there.
  if (bad.empty() || problem.padding_mode != Border::zeros) return;
  const ConvProblem counting = counting_form(problem, factor.role);
  const auto counts = sum_as_defined(counting, [&](Role role, const Dims& index) {
    if (role != factor.role) return 1.0;
    const auto found = bad.find(index);
    return found == bad.end() ? 0.0 : found->second;
  });
  std::size_t i = 0;
  for_each_index(extents_of(counting.geometry, written_role(counting.pass)), [&](const Dims& index) {
    if (const double count = counts[i++].real(); count > 0) inside_[index] = count;
  });
}

std::set<Dims> elements_beside_filter(const ConvProblem& problem, const VerifyData& data) {
  std::set<Dims> found;
  if (problem.pass != Pass::DataGrad) return found;
  const ConvProblem longer = with_longer_filter(without_border(problem));
  const auto counts = sum_as_defined(longer, [&](Role role, const Dims& index) {
    return role == Role::y && is_finite(data.operand(role).get(index)) ? 0.0 : 1.0;
  });
  std::size_t i = 0;
  for_each_index(extents_of(longer.geometry, Role::x), [&](const Dims& index) {
    if (counts[i++] != 0.0) found.insert(source_of(problem, index));
  });
  return found;
}

bool LoneFactorCounts::meets_nothing(const Dims& index) const {
  const auto all = all_.find({index[factor_.written_group], index[factor_.written_channel]});
  if (all == all_.end()) return false;
  const auto inside = inside_.find(without(index, factor_.alike));
  return inside == inside_.end() || all->second > inside->second;
}

}  // namespace faltung
