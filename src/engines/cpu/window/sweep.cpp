#include "engines/cpu/window/sweep.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/congruence.h"

namespace faltung::cpu_window {
namespace {

// Leaves out the taps at either end that meet zeros only.
void drop_taps_outside(SweepAxis& axis, std::int64_t& tap_offset) {
  const std::int64_t reach = (axis.count - 1) * axis.step;
  const std::int64_t first = std::max<std::int64_t>(ceil_div(-axis.origin - reach, axis.tap_step), 0);
  const std::int64_t end = std::min(axis.taps, floor_div(axis.extent - 1 - axis.origin, axis.tap_step) + 1);
  axis.taps = std::max<std::int64_t>(end - first, 0);
  if (axis.taps == 0) return;
  axis.origin += first * axis.tap_step;
  tap_offset += first * axis.tap_stride;
}

SweepAxis forward_axis(const Axis& axis, std::int64_t weight_stride) {
  return {.count = axis.out,
          .taps = axis.filter,
          .step = axis.stride,
          .tap_step = axis.dilation,
          .origin = -axis.pad,
          .extent = axis.in,
          .tap_stride = weight_stride};
}

// h = phase + stride · q gets y at o = (h + pad − r · dilation) / stride, for the taps r that divide: first, first +
// every, …, each `back` before the one before. Reversed, so that they go up.
SweepAxis data_grad_axis(const Axis& axis, std::int64_t phase, std::int64_t weight_stride, std::int64_t& tap_offset) {
  const std::int64_t common = std::gcd(axis.stride, axis.dilation);
  const std::int64_t every = axis.stride / common, back = axis.dilation / common;
  SweepAxis result{.count = ceil_div(axis.in - phase, axis.stride),
                   .taps = 0,
                   .extent = axis.out,
                   .tap_stride = -weight_stride * every};
  const auto first = least_multiplier(axis.dilation, phase + axis.pad, axis.stride);
  if (!first || *first >= axis.filter) return result;
  result.taps = ceil_div(axis.filter - *first, every);
  const std::int64_t last = *first + every * (result.taps - 1);
  result.tap_step = back;
  result.origin = (phase + axis.pad - last * axis.dilation) / axis.stride;
  tap_offset += last * weight_stride;
  return result;
}

std::int64_t phases_of(const ConvProblem& problem, int axis) {
  if (problem.pass != Pass::DataGrad) return 1;
  const Axis& a = problem.geometry.axes[static_cast<std::size_t>(axis)];
  return std::min(a.stride, a.in);
}

void add_axis(const ConvProblem& problem, int a, std::int64_t phase, Sweep& sweep) {
  const Geometry& g = problem.geometry;
  const Axis& axis = g.axes[static_cast<std::size_t>(a)];
  const Roles roles = roles_of(problem);
  const std::int64_t positions = problem.operand(roles.positions).strides[3 + a];
  const std::int64_t weights = problem.w.strides[3 + a];
  const bool backwards = problem.pass == Pass::DataGrad;
  SweepAxis result = backwards ? data_grad_axis(axis, phase, weights, sweep.tap_offset) : forward_axis(axis, weights);
  if (backwards) sweep.position_offset += phase * positions;
  result.source_stride = problem.operand(roles.source).strides[3 + a];
  result.position_stride = backwards ? positions * axis.stride : positions;
  if (problem.pass != Pass::WeightGrad) drop_taps_outside(result, sweep.tap_offset);
  sweep.axes[static_cast<std::size_t>(3 - g.rank + a)] = result;
}

}  // namespace

std::int64_t sweep_count(const ConvProblem& problem) {
  Checked count = 1;
  for (int a = 0; a < problem.geometry.rank; ++a) count = count * phases_of(problem, a);
  return count.fits() ? count.value() : size_limit;
}

std::int64_t innermost_sweeps(const ConvProblem& problem) { return phases_of(problem, problem.geometry.rank - 1); }

std::vector<Sweep> sweeps_of(const ConvProblem& problem) {
  std::vector<Sweep> all(1);
  for (int a = 0; a < problem.geometry.rank; ++a) {
    std::vector<Sweep> more;
    for (const Sweep& sweep : all)
      for (std::int64_t phase = 0; phase < phases_of(problem, a); ++phase)
        add_axis(problem, a, phase, more.emplace_back(sweep));
    all = std::move(more);
  }
  return all;
}

}  // namespace faltung::cpu_window
