// What lies on the lanes of a vector, and how the groups are cut into units of work.
#pragma once

#include <algorithm>

#include "base/checked.h"
#include "engines/cpu/window/roles.h"
#include "engines/cpu/window/stage.h"

namespace faltung::cpu_window {

// Channels on the lanes: a unit is a line of memory of groups with one channel each. Positions on the lanes: a unit is
// one group.
struct Layout {
  bool channels = false;
  std::int64_t room = 1;  // numbers of a position in scratch
  std::int64_t units = 1;

  std::int64_t first_group(std::int64_t unit) const { return unit * room; }
  std::int64_t groups(const ConvProblem& p, std::int64_t unit) const {
    return std::min(room, p.geometry.groups - first_group(unit));
  }
  Lanes lanes(const ConvProblem& p, Role role, std::int64_t unit) const {
    return {.count = groups(p, unit), .stride = p.operand(role).strides[1], .room = room};
  }
};

template <class T>
Layout layout_of(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const Roles roles = roles_of(p);
  const auto neighbours = [&](Role role) { return p.operand(role).strides[1] == 1; };
  constexpr std::int64_t line = 64 / sizeof(T);
  Layout layout{.units = g.groups};
  layout.channels = g.in_channels == 1 && g.out_channels == 1 && g.groups >= line / 2 && neighbours(roles.source) &&
                    neighbours(roles.positions);
  if (layout.channels) layout.room = line, layout.units = ceil_div(g.groups, line);
  return layout;
}

}  // namespace faltung::cpu_window
