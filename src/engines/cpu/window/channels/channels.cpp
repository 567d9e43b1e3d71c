#include "engines/cpu/window/channels/channels.h"

#include <algorithm>

#include "kernels/window/channel_groups.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

window::RunShape shape_of(const ConvProblem& problem, const SweepAxis& axis) {
  return {.source = problem.operand(roles_of(problem).source).dtype,
          .channels = channels_of(problem),
          .taps = axis.taps,
          .step = axis.step,
          .tap_step = axis.tap_step};
}

// Those of all groups, group after group.
bool are_neighbours(const Operand& operand, std::int64_t group) {
  return operand.strides[1] == group && (group == 1 || operand.strides[2] == 1);
}

}  // namespace

template <class T>
bool has_channel_kernels(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const Roles roles = roles_of(p);
  const std::int64_t group = g.in_channels;
  const auto neighbours = [&](Role role) { return are_neighbours(p.operand(role), group); };
  const bool same_types = p.pass != Pass::WeightGrad || p.x.dtype == p.y.dtype;
  const bool sizes = (group == 1 || group == 2 || group == 4 || group == 8) && group == g.out_channels &&
                     g.groups >= (group == 8 ? 2 : 4);
  return sizes && neighbours(roles.source) && neighbours(roles.positions) && same_types &&
         channel_kernels_of<T>(p, {}).lanes > 0;
}

template <class T>
window::ChannelKernels<T> channel_kernels_of(const ConvProblem& problem, const Sweep& sweep) {
  const window::RunShape shape = shape_of(problem, sweep.axes[2]);
  const std::int64_t group = problem.geometry.in_channels;
  if (group == 1) return window::channel_kernels<T>(shape);
  if constexpr (std::is_same_v<T, float>) return window::channel_group_kernels(shape, group);
  return {};
}

std::int64_t find_tap_rows(const Sweep& sweep, const ChannelRow& at, std::int64_t tap_weights, window::TapRow* to) {
  const auto& [outer, row, column] = sweep.axes;
  const window::TapRow* const begin = to;
  for (std::int64_t t = 0; t < outer.taps; ++t) {
    const std::int64_t depth = outer.origin + at.outer * outer.step + t * outer.tap_step;
    if (depth < 0 || depth >= outer.extent) continue;
    for (std::int64_t r = 0; r < row.taps; ++r) {
      const std::int64_t height = row.origin + at.row * row.step + r * row.tap_step;
      if (height < 0 || height >= row.extent) continue;
      *to++ = {.source = depth * outer.source_stride + height * row.source_stride,
               .weights = (t * row.taps + r) * column.taps * tap_weights};
    }
  }
  return to - begin;
}

window::ChannelRun run_at(const SweepAxis& axis, std::int64_t first) {
  window::ChannelRun run{.positions = std::min<std::int64_t>(axis.count - first, window::run_positions),
                         .taps = axis.taps,
                         .step = axis.step,
                         .tap_step = axis.tap_step};
  const std::int64_t base = axis.origin + first * axis.step;
  run.first = std::max<std::int64_t>(-base, 0);
  const std::int64_t reach = (run.positions - 1) * axis.step + (axis.taps - 1) * axis.tap_step + 1;
  run.end = std::max(std::min(axis.extent - base, reach), run.first);
  run.source_stride = axis.source_stride;
  return run;
}

ChannelPlace source_of(const ConvProblem& problem, const Sweep& sweep, const Operands& operands, std::int64_t image,
                       std::int64_t channel) {
  const Role role = roles_of(problem).source;
  const Operand& operand = problem.operand(role);
  const SweepAxis& axis = sweep.axes[2];
  const auto bytes = static_cast<std::int64_t>(size_of(operand.dtype));
  const std::int64_t offset = image * operand.strides[0] + channel + axis.origin * axis.source_stride;
  return {static_cast<std::byte*>(operands.get(role)) + offset * bytes, axis.step * axis.source_stride * bytes};
}

ChannelPlace positions_of(const ConvProblem& problem, const Sweep& sweep, const Operands& operands,
                          const ChannelRow& row, std::int64_t channel) {
  const Role role = roles_of(problem).positions;
  const Operand& operand = problem.operand(role);
  const auto bytes = static_cast<std::int64_t>(size_of(operand.dtype));
  const std::int64_t offset = row.image * operand.strides[0] + channel + sweep.position_offset +
                              row.outer * sweep.axes[0].position_stride + row.row * sweep.axes[1].position_stride;
  return {static_cast<std::byte*>(operands.get(role)) + offset * bytes, sweep.axes[2].position_stride * bytes};
}

namespace {

// Of a tap in a channel of each group, with its shuffle.
double group_tap_cycles(const ConvProblem& problem, const SweepAxis& axis) {
  const window::RunShape shape = shape_of(problem, axis);
  const auto group = static_cast<double>(problem.geometry.in_channels);
  const double any = group > 4 ? 0.85 * group : 1.4 + 0.25 * group, converting = shape.source == DType::f32 ? 1 : 1.5;
  const double cycles = window::shares_group_taps(shape) ? 0.1 + 0.58 * group : any * converting;
  return problem.pass == Pass::WeightGrad ? 1.15 * cycles : cycles;
}

// Of a tap and a vector of sums: a multiply-add and, unless several taps share it, a load; much of that overlaps.
double tap_cycles(const ConvProblem& problem, const SweepAxis& axis) {
  if (problem.geometry.in_channels > 1) return group_tap_cycles(problem, axis);
  return window::is_common(shape_of(problem, axis)) ? 0.4 + 0.3 * static_cast<double>(axis.step) : 1.3;
}

// Of putting a weight in its place, and of adding it up over the splits.
double weight_cycles(const ConvProblem& problem, std::int64_t splits) {
  if (problem.pass == Pass::WeightGrad) return 1.5 + 0.3 * static_cast<double>(splits);
  return problem.constant_weights ? 0 : 1.3;
}

// Shorter vectors take less, unless shuffles are what takes long.
double width_share(const ConvProblem& problem, const DeviceInfo& device) {
  if (device.vector_bytes >= 64) return 1;
  return problem.geometry.in_channels > 1 ? 0.9 : 0.75;
}

}  // namespace

// Measured on a Zen 5 with AVX-512 and AVX2. Runs that are not full take as long as others, and vectors of half a line
// less.
double channel_seconds(const ConvProblem& problem, const Sweep& sweep, const DeviceInfo& device, std::int64_t splits) {
  const SweepAxis& axis = sweep.axes[2];
  const double lanes = device.vector_bytes / static_cast<double>(size_of(accumulator_of(problem)));
  const double full = static_cast<double>(ceil_div(axis.count, window::run_positions) * window::run_positions) /
                      static_cast<double>(axis.count);
  const double vectors = full * static_cast<double>(numel_of(problem.geometry, roles_of(problem).positions)) / lanes;
  double taps = 1 / static_cast<double>(sweep_count(problem));  // on average of all phases
  for (const Axis& filter : problem.geometry.axes) taps *= static_cast<double>(filter.filter);
  const double cycles = vectors * width_share(problem, device) * (3 + tap_cycles(problem, axis) * taps) +
                        static_cast<double>(numel_of(problem.geometry, Role::w)) * weight_cycles(problem, splits);
  return cycles / device.hertz;
}

template bool has_channel_kernels<float>(const ConvProblem&);
template bool has_channel_kernels<double>(const ConvProblem&);
template window::ChannelKernels<float> channel_kernels_of(const ConvProblem&, const Sweep&);
template window::ChannelKernels<double> channel_kernels_of(const ConvProblem&, const Sweep&);

}  // namespace faltung::cpu_window
