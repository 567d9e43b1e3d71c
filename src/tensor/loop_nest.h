// A strided loop over a destination and a source tensor: axes ordered, cut into tiles, distributed over threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/parallel_for.h"
#include "faltung/dims.h"

namespace faltung {

// Offsets and strides in elements. Axes are sorted by the destination's strides, slowest first, and these are positive;
// axes of extent 1 are dropped and axes contiguous in both tensors merged.
struct LoopNest {
  Dims sizes, out_strides, in_strides;
  std::int64_t out_offset = 0, in_offset = 0;
};

inline LoopNest loop_nest(const Dims& sizes, const Dims& out_strides, const Dims& in_strides) {
  LoopNest nest;
  for (int axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == 1) continue;
    std::int64_t out = out_strides[axis], in = in_strides[axis];
    if (out < 0) {  // reverse the axis
      nest.out_offset += (sizes[axis] - 1) * out;
      nest.in_offset += (sizes[axis] - 1) * in;
      out = -out;
      in = -in;
    }
    int place = 0;
    while (place < nest.sizes.size() && nest.out_strides[place] >= out) ++place;
    nest.sizes.insert(place, sizes[axis]);
    nest.out_strides.insert(place, out);
    nest.in_strides.insert(place, in);
  }
  for (int axis = nest.sizes.size() - 2; axis >= 0; --axis) {
    const std::int64_t inner = nest.sizes[axis + 1];
    if (nest.out_strides[axis] != inner * nest.out_strides[axis + 1]) continue;
    if (nest.in_strides[axis] != inner * nest.in_strides[axis + 1]) continue;
    nest.sizes[axis + 1] *= nest.sizes[axis];
    nest.sizes.erase(axis);
    nest.out_strides.erase(axis);
    nest.in_strides.erase(axis);
  }
  return nest;
}

// A rectangle of the two most important axes: `column` is the destination's fastest axis, `row` the source's fastest
// one, or the destination's next if these are the same.
struct Tile {
  std::int64_t out = 0, in = 0;  // offsets of its first element
  std::int64_t rows = 1, columns = 1;
  std::int64_t out_row = 0, out_column = 0, in_row = 0, in_column = 0;  // strides
};

// Distance between neighbours in memory; repeated elements (stride 0) never justify an axis of their own.
inline std::int64_t distance(std::int64_t stride) {
  return stride == 0 ? std::numeric_limits<std::int64_t>::max() : stride < 0 ? -stride : stride;
}

// Calls body(tile) for tiles that cover the nest. Tiles write disjoint elements and run in any order.
template <class Body>
void for_each_tile(const Execution& execution, LoopNest nest, Body&& body) {
  if (std::find(nest.sizes.begin(), nest.sizes.end(), 0) != nest.sizes.end()) return;
  while (nest.sizes.size() < 2) {
    nest.sizes.insert(0, 1);
    nest.out_strides.insert(0, 0);
    nest.in_strides.insert(0, 0);
  }
  const int column = nest.sizes.size() - 1;
  int row = column;
  for (int axis = column - 1; axis >= 0; --axis)
    if (distance(nest.in_strides[axis]) < distance(nest.in_strides[row])) row = axis;
  const bool transposes = row != column;
  if (!transposes) row = column - 1;

  // A transposing tile fits in L1; a straight one may be of any length.
  constexpr std::int64_t side = 32, target = 16384;
  const std::int64_t tile_columns = std::min(nest.sizes[column], transposes ? side : target);
  const std::int64_t tile_rows =
      std::min(nest.sizes[row], transposes ? side : std::max<std::int64_t>(target / tile_columns, 1));

  Dims counts = nest.sizes;  // tiles along each axis
  counts[column] = (nest.sizes[column] + tile_columns - 1) / tile_columns;
  counts[row] = (nest.sizes[row] + tile_rows - 1) / tile_rows;
  std::int64_t tiles = 1;
  for (std::int64_t count : counts) tiles *= count;

  const auto run = [&](std::int64_t index) {
    Tile tile{nest.out_offset,      nest.in_offset,         1, 1, nest.out_strides[row], nest.out_strides[column],
              nest.in_strides[row], nest.in_strides[column]};
    for (int axis = column; axis >= 0; --axis) {
      const std::int64_t step = axis == column ? tile_columns : axis == row ? tile_rows : 1;
      const std::int64_t start = index % counts[axis] * step;
      index /= counts[axis];
      tile.out += start * nest.out_strides[axis];
      tile.in += start * nest.in_strides[axis];
      if (axis == column) tile.columns = std::min(step, nest.sizes[axis] - start);
      if (axis == row) tile.rows = std::min(step, nest.sizes[axis] - start);
    }
    body(tile);
  };
  const std::int64_t group = std::max<std::int64_t>(2 * target / (tile_rows * tile_columns), 1);  // worth a thread
  parallel_for(execution, (tiles + group - 1) / group, [&](std::int64_t g) {
    for (std::int64_t i = g * group, end = std::min(tiles, i + group); i < end; ++i) run(i);
  });
}

}  // namespace faltung
