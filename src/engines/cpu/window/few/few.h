// Convolutions between an operand with few channels and one with many, which are neighbours in memory: first and last
// layers with channels last. The many are on the lanes; the few operand's numbers are broadcast (kernels/broadcast).
//
// Whichever is x and whichever y, position m of the many operand and tap t meet one coordinate of the few operand:
//
//     few      many     coordinate
//     x        y        m · stride + t · dilation − pad
//     y        x        m + pad − r · dilation, for stride 1; taps in reverse, so that they go up
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "faltung/device_info.h"
#include "faltung/plan.h"
#include "faltung/problem.h"

namespace faltung::cpu_window {

// Strides are in elements. The coordinate first + m · step + t · tap_step lies in [0, extent), or meets zeros.
struct FewAxis {
  std::int64_t count = 1, taps = 1;  // of the many operand's positions
  std::int64_t first = 0, step = 1, tap_step = 1, extent = 1;
  std::int64_t few_stride = 0, many_stride = 0, tap_stride = 0;

  std::int64_t reach() const { return (taps - 1) * tap_step; }  // of the last tap beyond the first
};

struct Few {
  Role few = Role::x, many = Role::y;
  std::array<FewAxis, 3> axes;  // outermost first; those that the problem lacks come first
  std::int64_t few_channels = 1, many_channels = 1;
  std::int64_t few_stride = 0;                                   // from channel to channel
  std::int64_t weight_few = 0, weight_many = 0, tap_offset = 0;  // strides of w; its first tap

  std::int64_t inner_taps() const { return axes[1].taps * axes[2].taps; }
  std::int64_t taps() const { return axes[0].taps * inner_taps(); }
  std::int64_t positions() const { return axes[0].count * axes[1].count * axes[2].count; }
};

// None: it is not such a problem, or a tile would not fit into scratch.
std::optional<Few> few_of(const ConvProblem& problem);

// Calls body(t, offset in w) for each tap.
template <class Body>
void for_each_few_tap(const Few& few, Body&& body) {
  const auto& [outer, row, column] = few.axes;
  std::int64_t t = 0;
  for (std::int64_t o = 0; o < outer.taps; ++o)
    for (std::int64_t r = 0; r < row.taps; ++r)
      for (std::int64_t s = 0; s < column.taps; ++s)
        body(t++, few.tap_offset + o * outer.tap_stride + r * row.tap_stride + s * column.tap_stride);
}

// Sums for the many operand, for the few one, and for the weights.
std::shared_ptr<Plan> make_few_gather_plan(const ConvProblem& problem, const Few& few, const DeviceInfo& device);
std::shared_ptr<Plan> make_few_scatter_plan(const ConvProblem& problem, const Few& few, const DeviceInfo& device);
std::shared_ptr<Plan> make_few_weight_plan(const ConvProblem& problem, const Few& few, const DeviceInfo& device);

}  // namespace faltung::cpu_window
