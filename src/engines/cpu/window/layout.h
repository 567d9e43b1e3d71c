// What lies on the lanes of a vector, and how the groups are cut into units of work.
#pragma once

#include <algorithm>

#include "base/checked.h"
#include "engines/cpu/window/sweep.h"

namespace faltung::cpu_window {

// What is read along the lanes of a vector: one number for positions, or neighbouring channels.
struct Lanes {
  std::int64_t count = 1, stride = 0;  // in the source
  std::int64_t room = 1;               // numbers that a position has in scratch; those from `count` on are zero
};

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

// Of an element of an operand: offset 0 is the first one of an image's channel, in the unit's first group.
inline std::byte* element_of(const ConvProblem& p, const Layout& layout, const Operands& operands, Role role,
                             std::int64_t image, std::int64_t unit, std::int64_t channel, std::int64_t offset) {
  const Operand& operand = p.operand(role);
  const std::int64_t elements = image * operand.strides[0] + layout.first_group(unit) * operand.strides[1] +
                                channel * operand.strides[2] + offset;
  return static_cast<std::byte*>(operands.get(role)) + elements * static_cast<std::int64_t>(size_of(operand.dtype));
}

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
