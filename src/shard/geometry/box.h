// Boxes of tensors.
#pragma once

#include "faltung/sharding.h"
#include "faltung/tensor.h"
#include "shard/geometry/reach.h"

namespace faltung {

inline Range range_of(const Box& box, int axis) { return {box.start[axis], box.start[axis] + box.extents[axis]}; }
inline void set_range(Box& box, int axis, const Range& range) {
  box.start[axis] = range.begin;
  box.extents[axis] = range.extent();
}

bool is_empty(const Box& box) noexcept;
bool contains(const Box& outer, const Box& inner);
Box common(const Box& a, const Box& b);  // empty where they have nothing in common
std::int64_t count_of(const Box& box) noexcept;

// The part `inner` of a view that shows `outer`; no copy. Both are boxes of the same tensor.
TensorView part_of(const TensorView& view, const Box& outer, const Box& inner);

}  // namespace faltung
