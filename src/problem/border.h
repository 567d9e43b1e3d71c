// What stands beyond the ends of x, along one axis.
#pragma once

#include <algorithm>
#include <limits>

#include "faltung/problem.h"

namespace faltung {

// Elements of padding; the others are cropped or not read.
inline std::int64_t low_padding(const Axis& axis) noexcept { return std::max<std::int64_t>(axis.pad, 0); }
inline std::int64_t high_padding(const Axis& axis) noexcept { return std::max<std::int64_t>(axis.high_pad(), 0); }

// Elements of padding that an end may have. All but zeros are elements of x, taken over that end: they reach no further
// than the other.
constexpr std::int64_t most_padding(Border border, std::int64_t in) noexcept {
  constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
  if (border == Border::zeros) return any;
  if (border == Border::reflect) return std::max<std::int64_t>(in - 1, 0);
  return border != Border::replicate || in == 0 ? in : any;
}

constexpr bool is_mirrored(Border border) noexcept { return border == Border::reflect || border == Border::symmetric; }

// The position that a mirror at the low or the high end shows in place of another: at the end's element, or beside it.
constexpr std::int64_t mirrored(Border border, std::int64_t in, bool low, std::int64_t position) noexcept {
  const std::int64_t beside = border == Border::symmetric ? 1 : 0;
  return low ? -beside - position : 2 * (in - 1) + beside - position;
}

// The element that stands at a position beyond one end, or in x; not for zeros.
constexpr std::int64_t source_of(Border border, std::int64_t in, std::int64_t position) noexcept {
  if (position >= 0 && position < in) return position;
  const bool low = position < 0;
  if (is_mirrored(border)) return mirrored(border, in, low, position);
  if (border == Border::circular) return low ? position + in : position - in;
  return low ? 0 : in - 1;
}

// How the source moves when the position moves by one.
constexpr std::int64_t source_step(Border border) noexcept {
  return is_mirrored(border) ? -1 : border == Border::circular ? 1 : 0;
}

// The same convolution over an x that has its padding within its extents.
inline Geometry padded(Geometry geometry) {
  for (int a = 0; a < geometry.rank; ++a) {
    Axis& axis = geometry.axes[static_cast<std::size_t>(a)];
    const std::int64_t low = low_padding(axis), high = high_padding(axis);
    axis.in += low + high;
    axis.pad -= low;
  }
  return geometry;
}

}  // namespace faltung
