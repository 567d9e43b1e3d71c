// Axes of x and y, and the groups that a block of channels belongs to.
#pragma once

#include "shard/geometry/reach.h"

namespace faltung {

inline constexpr int channels = 1, space = 2;  // axes of x and y

// The axis of an operand that counts the channels of the result that it belongs to.
constexpr int channel_axis_of(Role role) noexcept { return role == Role::w ? 0 : 1; }

inline std::int64_t in_group(const Geometry& g, Role role) { return role == Role::x ? g.in_channels : g.out_channels; }

inline const Axis& axis_of(const Geometry& g, int axis) { return g.axes[static_cast<std::size_t>(axis - space)]; }

// The groups that a block of channels belongs to, and whether it has them whole.
struct Groups {
  Range range;
  bool whole = false;
};
inline Groups groups_of(const Range& block, std::int64_t each) {
  if (block.empty() || each == 0) return {};
  const Range range{block.begin / each, (block.end - 1) / each + 1};
  return {range, block.begin == range.begin * each && block.end == range.end * each};
}

}  // namespace faltung
