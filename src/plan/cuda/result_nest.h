// The loops over a result that is stored: which axes remain where neighbours are merged.
#pragma once

#include <algorithm>
#include <cstdint>

#include "faltung/problem.h"
#include "problem/geometry.h"

namespace faltung::cuda {

// Sizes and strides (in elements), the written operand's fastest axis last. z lies as the written operand does.
struct ResultNest {
  static constexpr int most_axes = 3 + 3;  // N, G, C and three of the picture
  int rank = 0;
  std::int64_t count = 1;
  std::int64_t sizes[most_axes] = {}, written[most_axes] = {}, result[most_axes] = {}, bias[most_axes] = {};
};

inline ResultNest result_nest(const Dims& extents, const Dims& written, const Dims& result) {
  ResultNest nest;
  const auto distance = [](std::int64_t stride) { return stride < 0 ? -stride : stride; };
  for (int axis = 0; axis < extents.size(); ++axis) {
    nest.count *= extents[axis];
    if (extents[axis] == 1) continue;
    int place = nest.rank++;
    for (; place > 0 && distance(nest.written[place - 1]) < distance(written[axis]); --place) {
      nest.sizes[place] = nest.sizes[place - 1], nest.written[place] = nest.written[place - 1];
      nest.result[place] = nest.result[place - 1], nest.bias[place] = nest.bias[place - 1];
    }
    nest.sizes[place] = extents[axis], nest.written[place] = written[axis], nest.result[place] = result[axis];
    nest.bias[place] = axis == 1 ? extents[2] : axis == 2 ? 1 : 0;
  }
  int kept = 0;  // axes 0 … kept are done; the next is merged into the last of them or kept behind it
  for (int axis = 1; axis < nest.rank; ++axis) {
    const std::int64_t inner = nest.sizes[axis];
    const bool seamless = nest.written[kept] == inner * nest.written[axis] &&
                          nest.result[kept] == inner * nest.result[axis] && nest.bias[kept] == inner * nest.bias[axis];
    if (!seamless) ++kept;
    nest.sizes[kept] = seamless ? nest.sizes[kept] * inner : inner;
    nest.written[kept] = nest.written[axis], nest.result[kept] = nest.result[axis], nest.bias[kept] = nest.bias[axis];
  }
  nest.rank = std::min(nest.rank, kept + 1);
  return nest;
}

}  // namespace faltung::cuda
