#include "engines/cpu/window/few/few.h"

#include <algorithm>

#include "base/checked.h"
#include "engines/cpu/window/few/tile.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t most_few = 4, fewest_many = 16;

bool has_stride_one(const Geometry& g) {
  for (const Axis& axis : g.axes)
    if (axis.stride != 1) return false;
  return true;
}

// Whether x is the few operand, or y is.
std::optional<Role> few_role(const Geometry& g) {
  if (g.groups != 1) return {};
  if (g.in_channels <= most_few && g.out_channels >= fewest_many) return Role::x;
  if (g.out_channels <= most_few && g.in_channels >= fewest_many && has_stride_one(g)) return Role::y;
  return {};
}

FewAxis axis_of(const Axis& axis, Role few, std::int64_t weight_stride, std::int64_t& tap_offset) {
  if (few == Role::x)
    return {.count = axis.out,
            .taps = axis.filter,
            .first = -axis.pad,
            .step = axis.stride,
            .tap_step = axis.dilation,
            .extent = axis.in,
            .tap_stride = weight_stride};
  const std::int64_t last = axis.filter - 1;
  tap_offset += last * weight_stride;
  return {.count = axis.in,
          .taps = axis.filter,
          .first = axis.pad - last * axis.dilation,
          .tap_step = axis.dilation,
          .extent = axis.out,
          .tap_stride = -weight_stride};
}

// That what a row of the narrowest tile meets, with as much again at its ends, can be counted, and is not more than
// scratch holds.
bool fits(const Few& few) {
  const auto met_by = [](const FewAxis& axis, std::int64_t positions) {
    return Checked(axis.taps - 1) * axis.tap_step * 2 + Checked(positions) * axis.step;
  };
  const auto& [outer, row, column] = few.axes;
  for (const FewAxis& axis : few.axes)
    if (!met_by(axis, axis.count).fits()) return false;
  const std::int64_t columns = std::max(column.count, ceil_div(column.extent, column.step));
  const Checked numbers =
      met_by(row, 1) * met_by(column, std::min(columns, narrowest_few_tile)) * outer.taps * few.few_channels;
  return numbers.fits() && numbers.value() <= most_few_numbers;
}

}  // namespace

std::optional<Few> few_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  const auto role = few_role(g);
  if (!role) return {};
  const bool is_x = *role == Role::x;
  Few few{.few = *role, .many = is_x ? Role::y : Role::x, .axes = {}};
  const Operand &some = problem.operand(few.few), &many = problem.operand(few.many);
  few.few_channels = is_x ? g.in_channels : g.out_channels, few.many_channels = is_x ? g.out_channels : g.in_channels;
  few.few_stride = some.strides[2];
  few.weight_few = problem.w.strides[is_x ? 2 : 1], few.weight_many = problem.w.strides[is_x ? 1 : 2];
  for (int a = 0; a < g.rank; ++a) {
    FewAxis& axis = few.axes[static_cast<std::size_t>(a + max_spatial - g.rank)];
    axis = axis_of(g.axes[static_cast<std::size_t>(a)], few.few, problem.w.strides[3 + a], few.tap_offset);
    axis.few_stride = some.strides[3 + a], axis.many_stride = many.strides[3 + a];
  }
  const bool neighbours = many.strides[2] == 1 && accumulator_of(problem) == DType::f32;
  return neighbours && fits(few) ? std::optional(few) : std::nullopt;
}

}  // namespace faltung::cpu_window
