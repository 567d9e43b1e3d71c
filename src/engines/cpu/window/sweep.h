// A pass as a window that moves over a source, one group at a time:
//
//     pass        source   positions of   taps of   position q and tap t meet at source coordinate
//     Forward     x        y              w         q · stride + t · dilation − pad
//     DataGrad    y        x              w         for each stride phase of x: origin + q + t · back, taps in reverse
//     WeightGrad  x        y              w         as Forward; w is written
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "faltung/problem.h"

namespace faltung::cpu_window {

// What the operands of a problem are to its sweeps, in one group.
struct Roles {
  Role source, positions;  // of the sweep
  std::int64_t source_channels, position_channels;
  std::int64_t weight_source = 0, weight_position = 0;  // strides of w along these channels
};

inline Roles roles_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  const Dims& w = problem.w.strides;
  if (problem.pass == Pass::DataGrad) return {Role::y, Role::x, g.out_channels, g.in_channels, w[1], w[2]};
  return {Role::x, Role::y, g.in_channels, g.out_channels, w[2], w[1]};
}

// Strides are in elements.
struct SweepAxis {
  std::int64_t count = 1, taps = 1;
  std::int64_t step = 1, tap_step = 1, origin = 0;  // coordinate origin + q · step + t · tap_step
  std::int64_t extent = 1;                          // of the coordinates; zeros outside
  std::int64_t source_stride = 0, position_stride = 0, tap_stride = 0;
};

struct Sweep {
  std::array<SweepAxis, 3> axes;  // outermost first; those that the problem lacks come first and have extent 1
  std::int64_t position_offset = 0, tap_offset = 0;  // of the first position and of the first tap

  std::int64_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
  std::int64_t positions() const { return axes[0].count * axes[1].count * axes[2].count; }
};

// The stride phases of a data gradient; 1 for other passes. May be huge.
std::int64_t sweep_count(const ConvProblem& problem);
// How many of them follow each other whose positions alternate along the innermost axis.
std::int64_t innermost_sweeps(const ConvProblem& problem);

// Taps that no position meets inside the source are left out, except in WeightGrad: there may be none left.
std::vector<Sweep> sweeps_of(const ConvProblem& problem);

// Calls body(offset in w) for each tap, in order.
template <class Body>
void for_each_tap(const Sweep& sweep, Body&& body) {
  const auto& [outer, row, column] = sweep.axes;
  for (std::int64_t t = 0; t < outer.taps; ++t)
    for (std::int64_t r = 0; r < row.taps; ++r)
      for (std::int64_t s = 0; s < column.taps; ++s)
        body(sweep.tap_offset + t * outer.tap_stride + r * row.tap_stride + s * column.tap_stride);
}

}  // namespace faltung::cpu_window
