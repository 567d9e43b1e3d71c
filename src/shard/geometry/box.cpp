#include "shard/geometry/box.h"

#include <algorithm>

namespace faltung {

bool is_empty(const Box& box) noexcept {
  return std::any_of(box.extents.begin(), box.extents.end(), [](std::int64_t extent) { return extent <= 0; });
}

bool contains(const Box& outer, const Box& inner) {
  for (int i = 0; i < outer.extents.size(); ++i)
    if (!range_of(outer, i).contains(range_of(inner, i))) return false;
  return true;
}

Box common(const Box& a, const Box& b) {
  Box both = a;
  for (int i = 0; i < a.extents.size(); ++i) {
    const std::int64_t begin = std::max(a.start[i], b.start[i]);
    set_range(both, i, {begin, std::max(begin, std::min(range_of(a, i).end, range_of(b, i).end))});
  }
  return both;
}

std::int64_t count_of(const Box& box) noexcept {
  std::int64_t count = 1;
  for (const std::int64_t extent : box.extents) count *= extent;
  return count;
}

TensorView part_of(const TensorView& view, const Box& outer, const Box& inner) {
  TensorView part = view;
  for (int i = 0; i < inner.extents.size(); ++i)
    part = part.narrow(i, inner.start[i] - outer.start[i], inner.extents[i]);
  return part;
}

}  // namespace faltung
