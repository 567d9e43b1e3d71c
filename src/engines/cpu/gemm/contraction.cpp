#include "engines/cpu/gemm/contraction.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/congruence.h"

namespace faltung::cpu_gemm {
namespace {

using gemm::Digit;
using gemm::IndexSet;

// Strides of one operand by axis.
struct Strides {
  std::int64_t outer, group, channel;  // outer: n of x and y, k of w; channel: c of x and w, k of y
  Dims spatial;
};

Strides strides_of(const ConvProblem& problem, Role role) {
  const Dims& all = problem.operand(role).strides;
  Strides strides{};
  strides.outer = role == Role::w ? all[1] : all[0];
  strides.group = role == Role::w ? all[0] : all[1];
  strides.channel = all[2];
  for (int a = 0; a < problem.geometry.rank; ++a) strides.spatial.push_back(all[3 + a]);
  return strides;
}

// Two loops over one index, as it lies in two tensors.
void push(IndexSet& one, IndexSet& other, std::int64_t extent, std::int64_t stride, std::int64_t other_stride) {
  one.push({.extent = extent, .stride = stride});
  other.push({.extent = extent, .stride = other_stride});
}

// The same for an index that moves a coordinate of the gathered operand.
struct Move {
  std::int64_t extent;
  int axis;
  std::int64_t step;
};
void push(IndexSet& gathered, IndexSet& other, Move move, std::int64_t unit, std::int64_t other_stride) {
  gathered.push({.extent = move.extent, .stride = gemm::times(move.step, unit), .axis = move.axis, .step = move.step});
  other.push({.extent = move.extent, .stride = other_stride});
}

std::int64_t taps_of(const Geometry& geometry) {
  std::int64_t taps = 1;
  for (const Axis& axis : geometry.axes) taps *= axis.filter;
  return taps;
}

bool channels_go_inside(const ConvProblem& problem, std::int64_t channel_stride) {
  return channel_stride == 1 || taps_of(problem.geometry) > 32;
}

// Reduction order: channels outer, taps inner, as weights are stored; swapped for channels-last operands and filters of
// more than 32 taps, so that one bounds check serves all channels of a tap. `block`: then so many channels at a time.
struct Channels {
  std::int64_t count, stride, plain_stride, block;
};
template <class Taps>
void push_depth(const ConvProblem& problem, const Channels& c, Contraction& result, Taps&& taps) {
  IndexSet &gathered = result.gathered.depth, &plain = result.plain.depth;
  const bool inside = channels_go_inside(problem, c.stride), blocks = inside && c.block > 0 && c.block < c.count;
  if (blocks) push(gathered, plain, c.count / c.block, c.stride * c.block, c.plain_stride * c.block);
  if (!inside) push(gathered, plain, c.count, c.stride, c.plain_stride);
  for (int a = 0; a < problem.geometry.rank; ++a) taps(a);
  if (inside) push(gathered, plain, blocks ? c.block : c.count, c.stride, c.plain_stride);
}

void bound(Contraction& result, int axis, std::int64_t origin, std::int64_t extent, std::int64_t unit) {
  result.bounds.axes = axis + 1;
  result.bounds.origin[static_cast<std::size_t>(axis)] = origin;
  result.bounds.extent[static_cast<std::size_t>(axis)] = extent;
  result.gathered.origin = gemm::plus(result.gathered.origin, gemm::times(origin, unit));
}

// Drops taps that are outside the input at every position; they would only add zeros.
struct Taps {
  std::int64_t first = 0, count = 0;
};

Taps taps_that_meet(const Axis& axis) {
  const std::int64_t low = -axis.pad, high = (axis.out - 1) * axis.stride - axis.pad;  // position read by tap 0
  const std::int64_t first = high >= 0 ? 0 : ceil_div(-high, axis.dilation);
  const std::int64_t end = std::min(axis.filter, floor_div(axis.in - 1 - low, axis.dilation) + 1);
  return {first, std::max<std::int64_t>(end - first, 0)};
}

Contraction forward(const ConvProblem& problem, std::int64_t block) {
  const Geometry& g = problem.geometry;
  const Strides x = strides_of(problem, Role::x), w = strides_of(problem, Role::w), y = strides_of(problem, Role::y);
  Contraction result{.plain = {.role = Role::w}, .gathered = {.role = Role::x}};
  push(result.plain.across, result.c_plain, g.out_channels, w.outer, y.channel);
  push(result.gathered.across, result.c_gathered, g.batch, x.outer, y.outer);
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    push(result.gathered.across, result.c_gathered, {axis.out, a, axis.stride}, x.spatial[a], y.spatial[a]);
    const Taps taps = taps_that_meet(axis);
    bound(result, a, taps.first * axis.dilation - axis.pad, axis.in, x.spatial[a]);
    result.plain.origin = gemm::plus(result.plain.origin, gemm::times(taps.first, w.spatial[a]));
  }
  push_depth(problem, {g.in_channels, x.channel, w.channel, block}, result, [&](int a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    push(result.gathered.depth, result.plain.depth, {taps_that_meet(axis).count, a, axis.dilation}, x.spatial[a],
         w.spatial[a]);
  });
  return result;
}

// One axis of a stride phase: h = phase + stride · h' reads o = origin + h' − back · j for tap r = first + every · j.
struct PhaseAxis {
  std::int64_t phase, count;        // of h'
  std::int64_t first, every, taps;  // r
  std::int64_t origin, back;        // o
};

std::int64_t phases_of(const Axis& axis) { return std::min(axis.stride, axis.in); }

// More phases with taps than this are not sought out.
constexpr std::int64_t most_chosen = 1024;

// Drops taps that are outside the output for every h'; they would only add zeros.
void drop_taps_outside(const Axis& axis, PhaseAxis& at) {
  const std::int64_t first = std::max<std::int64_t>(floor_div(at.origin - axis.out, at.back) + 1, 0);
  const std::int64_t end = std::min(at.taps, floor_div(at.origin + at.count - 1, at.back) + 1);
  at.taps = std::max<std::int64_t>(end - first, 0);
  if (at.taps == 0) return;
  at.first += first * at.every;
  at.origin -= first * at.back;
}

PhaseAxis phase_axis(const Axis& axis, std::int64_t phase) {
  const std::int64_t common = std::gcd(axis.stride, axis.dilation);
  PhaseAxis result{.phase = phase, .count = ceil_div(axis.in - phase, axis.stride)};
  result.every = axis.stride / common;
  result.back = axis.dilation / common;
  const std::int64_t reach = phase + axis.pad;
  const auto first = least_multiplier(axis.dilation, reach, axis.stride);
  if (!first || *first >= axis.filter) return result;  // no tap
  result.first = *first;
  result.taps = ceil_div(axis.filter - result.first, result.every);
  result.origin = (reach - result.first * axis.dilation) / axis.stride;
  drop_taps_outside(axis, result);
  return result;
}

// With one output any stride is as good.
std::int64_t stride_of(const Axis& axis) { return axis.out == 1 && axis.in == axis.filter ? axis.filter : axis.stride; }

// Whether all phases have as many positions and taps and read the same of y.
bool phases_agree(const Geometry& geometry) {
  for (int a = 0; a < geometry.rank; ++a) {
    const Axis& axis = geometry.axes[static_cast<std::size_t>(a)];
    const std::int64_t stride = stride_of(axis);
    if (stride == 1) continue;
    if (axis.dilation != 1 || axis.filter % stride != 0 || axis.pad % stride != 0 || axis.in % stride != 0)
      return false;
  }
  return true;
}

// Whether they are one product, with phases beside the channels: as a rule where windows do not overlap, channels are
// few, as in a synthesis, or neighbours in memory. Else a phase has rows enough, and those of one phase are stored
// closer together.
bool phases_join(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  constexpr std::int64_t enough = 16;
  std::int64_t phases = 1, taps = 1;
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    phases *= stride_of(axis);
    taps *= axis.filter;
  }
  const bool apart = phases == taps;
  return phases > 1 && phases_agree(g) && (apart || g.in_channels < enough || problem.x.strides[2] == 1);
}

void push_channels_and_phases(const ConvProblem& problem, bool joined, Contraction& result) {
  const Geometry& g = problem.geometry;
  const Strides x = strides_of(problem, Role::x), w = strides_of(problem, Role::w);
  const auto channels = [&] { push(result.plain.across, result.c_plain, g.in_channels, w.channel, x.channel); };
  if (!joined) return channels();
  const bool channels_inside = x.channel == 1 && g.in_channels > 1;
  if (!channels_inside) channels();
  for (int a = 0; a < g.rank; ++a) {
    const std::int64_t stride = stride_of(g.axes[static_cast<std::size_t>(a)]);
    push(result.plain.across, result.c_plain, stride, w.spatial[a], x.spatial[a]);
    if (!channels_inside) result.plain_per_channel *= stride;
  }
  if (channels_inside) channels();
}

// Of one phase, or of all.
Contraction data_gradient(const ConvProblem& problem, const std::array<std::int64_t, max_spatial>& phase,
                          std::int64_t block) {
  const Geometry& g = problem.geometry;
  const Strides x = strides_of(problem, Role::x), w = strides_of(problem, Role::w), y = strides_of(problem, Role::y);
  Contraction result{.plain = {.role = Role::w}, .gathered = {.role = Role::y}};
  const bool joined = phases_join(problem);
  std::array<PhaseAxis, max_spatial> axes{};
  std::array<std::int64_t, max_spatial> strides{};
  for (std::size_t a = 0; a < static_cast<std::size_t>(g.rank); ++a) {
    Axis axis = g.axes[a];
    if (joined) axis.stride = stride_of(axis);
    strides[a] = axis.stride;
    axes[a] = phase_axis(axis, phase[a]);
  }
  push_channels_and_phases(problem, joined, result);
  push(result.gathered.across, result.c_gathered, g.batch, y.outer, x.outer);
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    const PhaseAxis& at = axes[static_cast<std::size_t>(a)];
    push(result.gathered.across, result.c_gathered, {at.count, a, 1}, y.spatial[a],
         gemm::times(strides[static_cast<std::size_t>(a)], x.spatial[a]));
    bound(result, a, at.origin, axis.out, y.spatial[a]);
    result.c_origin += at.phase * x.spatial[a];
    result.plain.origin = gemm::plus(result.plain.origin, gemm::times(at.first, w.spatial[a]));
  }
  push_depth(problem, {g.out_channels, y.channel, w.outer, block}, result, [&](int a) {
    const PhaseAxis& at = axes[static_cast<std::size_t>(a)];
    push(result.gathered.depth, result.plain.depth, {at.taps, a, -at.back}, y.spatial[a],
         gemm::times(at.every, w.spatial[a]));
  });
  return result;
}

struct Positions {
  std::int64_t first = 0, count = 0;
};

// Leaves out outputs whose taps are all outside the input: they would only add zeros.
Positions positions_that_meet(const Axis& axis) {
  const std::int64_t low = -axis.pad, high = (axis.filter - 1) * axis.dilation - axis.pad;  // read by output 0
  const std::int64_t first = high >= 0 ? 0 : ceil_div(-high, axis.stride);
  const std::int64_t end = std::min(axis.out, floor_div(axis.in - 1 - low, axis.stride) + 1);
  return {first, std::max<std::int64_t>(end - first, 0)};
}

Contraction weight_gradient(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  const Strides x = strides_of(problem, Role::x), w = strides_of(problem, Role::w), y = strides_of(problem, Role::y);
  Contraction result{.plain = {.role = Role::y}, .gathered = {.role = Role::x}};
  push(result.plain.across, result.c_plain, g.out_channels, y.channel, w.outer);
  const bool inside = channels_go_inside(problem, w.channel);
  if (!inside) push(result.gathered.across, result.c_gathered, g.in_channels, x.channel, w.channel);
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    push(result.gathered.across, result.c_gathered, {axis.filter, a, axis.dilation}, x.spatial[a], w.spatial[a]);
  }
  if (inside) push(result.gathered.across, result.c_gathered, g.in_channels, x.channel, w.channel);
  push(result.gathered.depth, result.plain.depth, g.batch, x.outer, y.outer);
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    const Positions positions = positions_that_meet(axis);
    push(result.gathered.depth, result.plain.depth, {positions.count, a, axis.stride}, x.spatial[a], y.spatial[a]);
    bound(result, a, positions.first * axis.stride - axis.pad, axis.in, x.spatial[a]);
    result.plain.origin = gemm::plus(result.plain.origin, gemm::times(positions.first, y.spatial[a]));
  }
  return result;
}

// Whether some coordinate is out of bounds.
bool leaves(const Contraction& c) {
  for (int a = 0; a < c.bounds.axes; ++a) {
    std::int64_t low = c.bounds.origin[static_cast<std::size_t>(a)], high = low;
    for (const IndexSet* set : {&c.gathered.across, &c.gathered.depth}) {
      for (int i = 0; i < set->size; ++i) {
        const Digit& digit = set->digits[static_cast<std::size_t>(i)];
        if (digit.axis == a) (digit.step < 0 ? low : high) += (digit.extent - 1) * digit.step;
      }
    }
    if (low < 0 || high >= c.bounds.extent[static_cast<std::size_t>(a)]) return true;
  }
  return false;
}

}  // namespace

Phases::OfAxis Phases::of(const Axis& axis, bool with_taps_only) {
  const std::int64_t all = phases_of(axis),
                     taps = std::min(axis.filter, axis.stride / std::gcd(axis.stride, axis.dilation));
  if (!with_taps_only || taps == all || taps > most_chosen) return {all, {}};
  std::vector<std::int64_t> chosen;  // as later taps meet the same phases
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    const std::int64_t position = tap * axis.dilation - axis.pad;
    const std::int64_t phase = position - floor_div(position, axis.stride) * axis.stride;
    if (phase < all && phase_axis(axis, phase).taps > 0) chosen.push_back(phase);
  }
  std::sort(chosen.begin(), chosen.end());
  return {static_cast<std::int64_t>(chosen.size()), std::move(chosen)};
}

Phases::Phases(const ConvProblem& problem, bool with_taps_only) {
  if (problem.pass != Pass::DataGrad || phases_join(problem)) return;
  for (std::size_t a = 0; a < static_cast<std::size_t>(problem.geometry.rank); ++a) {
    const Axis& axis = problem.geometry.axes[a];
    axes_[a] = of(axis, with_taps_only);
    count_ *= axes_[a].count;
    if (axis.in > 0) share_ *= static_cast<double>(axes_[a].count) / static_cast<double>(phases_of(axis));
  }
}

std::size_t Phases::footprint_bytes() const noexcept {
  std::size_t numbers = 0;
  for (const OfAxis& axis : axes_) numbers += axis.chosen.capacity();
  return numbers * sizeof(std::int64_t);
}

std::array<std::int64_t, max_spatial> Phases::operator[](std::int64_t index) const noexcept {
  std::array<std::int64_t, max_spatial> phase{};
  for (std::size_t a = max_spatial; a-- > 0;) {
    const OfAxis& axis = axes_[a];
    phase[a] = index % axis.count;
    index /= axis.count;
    if (!axis.chosen.empty()) phase[a] = axis.chosen[static_cast<std::size_t>(phase[a])];
  }
  return phase;
}

Contraction unmerged_contraction_of(const ConvProblem& problem, const Phases& phases, std::int64_t phase,
                                    std::int64_t block) {
  Contraction result = problem.pass == Pass::Forward      ? forward(problem, block)
                       : problem.pass == Pass::WeightGrad ? weight_gradient(problem)
                                                          : data_gradient(problem, phases[phase], block);
  result.bounds.checked = leaves(result);
  return result;
}

Contraction merged(Contraction result) {
  for (IndexSet* set : {&result.gathered.across, &result.gathered.depth}) set->simplify(result.bounds.checked);
  for (IndexSet* set : {&result.plain.across, &result.plain.depth, &result.c_plain, &result.c_gathered})
    set->simplify(false);
  return result;
}

}  // namespace faltung::cpu_gemm
