// The part of a range of indices that stays inside the tensor.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/gemm/index_set.h"

namespace faltung::gemm {

struct Range {
  std::int64_t begin = 0, end = 0;
  bool empty() const { return begin >= end; }
};

// The i in [0, count) with 0 <= at + i * step < extent; count is at least 1.
inline Range clip(std::int64_t at, std::int64_t step, std::int64_t extent, std::int64_t count) {
  if (step < 0) {  // mirrored
    at = extent - 1 - at;
    step = -step;
  }
  if (at >= 0 && at + (count - 1) * step < extent) return {0, count};
  if (at >= extent) return {};
  const std::int64_t begin = at >= 0 ? 0 : (-at + step - 1) / step;
  return {begin, std::min(count, (extent - 1 - at) / step + 1)};
}

// The part of `count` neighbours that is inside the tensor: the first has coordinates a + b, and each next one moves as
// `digit` says. Fast if all are inside.
inline Range inside(const Bounds& bounds, const Coordinates& a, const Coordinates& b, const Digit& digit,
                    std::int64_t count) {
  if (!bounds.checked) return {0, count};
  Range range{0, count};
  for (int i = 0; i < bounds.axes; ++i) {
    const auto axis = static_cast<std::size_t>(i);
    const std::int64_t at = bounds.origin[axis] + a[axis] + b[axis];
    if (i == digit.axis) {
      range = clip(at, digit.step, bounds.extent[axis], count);
    } else if (at < 0 || at >= bounds.extent[axis]) {
      return {};
    }
    if (range.empty()) return {};
  }
  return range;
}

}  // namespace faltung::gemm
