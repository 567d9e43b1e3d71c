// A tensor padded within its extents: where its padding lies, and what stands there.
#pragma once

#include "problem/border.h"
#include "problem/geometry.h"

namespace faltung::rewrite_pad {

inline TensorView stepped(TensorView view, int axis, std::int64_t start, std::int64_t step, std::int64_t count) {
  const std::int64_t offset = start * view.strides[axis] * static_cast<std::int64_t>(size_of(view.dtype));
  view.data = static_cast<std::byte*>(view.data) + offset;
  view.sizes[axis] = count;
  view.strides[axis] *= step;
  return view;
}

// x itself, within the padded tensor: from spatial axis `first` on, the padding of earlier ones included.
inline TensorView interior(TensorView padded, const Geometry& geometry, int first = 0) {
  for (int a = first; a < geometry.rank; ++a) {
    const Axis& axis = geometry.axes[static_cast<std::size_t>(a)];
    padded = stepped(padded, 3 + a, low_padding(axis), 1, axis.in);
  }
  return padded;
}

// Calls body(strip, source) for the padding at both ends of an axis, with what stands there; a source may run backwards
// or stand still. Earlier axes are taken as padded, later ones as not yet.
template <class Body>
void for_each_strip(const TensorView& padded, const Geometry& geometry, Border border, int axis, Body&& body) {
  const TensorView within = interior(padded, geometry, axis + 1);
  const Axis& a = geometry.axes[static_cast<std::size_t>(axis)];
  const std::int64_t low = low_padding(a);
  const auto strip = [&](std::int64_t first, std::int64_t count) {
    if (count == 0) return;
    body(stepped(within, 3 + axis, low + first, 1, count),
         stepped(within, 3 + axis, low + source_of(border, a.in, first), source_step(border), count));
  };
  strip(-low, low);
  strip(a.in, high_padding(a));
}

}  // namespace faltung::rewrite_pad
