// A loop nest over the same elements of several tensors, for kernels.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/host_device.h"
#include "faltung/dims.h"

namespace faltung::cuda {

// Sizes, and strides of each tensor in elements; ordered by the first tensor's strides, fastest axis last.
template <int Tensors>
struct StridedNest {
  int rank = 0;
  std::int64_t count = 1;
  std::int64_t sizes[max_rank] = {}, strides[Tensors][max_rank] = {};
};

template <int Tensors>
struct Places {
  std::int64_t of[Tensors] = {};
};

// Drops axes of extent 1 and merges axes that are contiguous in all tensors.
template <int Tensors>
StridedNest<Tensors> strided_nest(const Dims& sizes, const std::array<Dims, Tensors>& strides) {
  StridedNest<Tensors> nest;
  const auto axis_before = [&](int a, int b) { return std::abs(nest.strides[0][a]) < std::abs(nest.strides[0][b]); };
  const auto exchange = [&](int a, int b) {
    std::swap(nest.sizes[a], nest.sizes[b]);
    for (auto& tensor : nest.strides) std::swap(tensor[a], tensor[b]);
  };
  for (int axis = 0; axis < sizes.size(); ++axis) {
    nest.count *= sizes[axis];
    if (sizes[axis] == 1) continue;
    int place = nest.rank++;
    nest.sizes[place] = sizes[axis];
    for (int t = 0; t < Tensors; ++t) nest.strides[t][place] = strides[static_cast<std::size_t>(t)][axis];
    for (; place > 0 && axis_before(place - 1, place); --place) exchange(place - 1, place);
  }
  int kept = 0;  // axes up to `kept` are final; the next one is merged into it or appended
  for (int axis = 1; axis < nest.rank; ++axis) {
    bool seamless = true;
    for (const auto& tensor : nest.strides) seamless = seamless && tensor[kept] == nest.sizes[axis] * tensor[axis];
    if (!seamless) ++kept;
    nest.sizes[kept] = (seamless ? nest.sizes[kept] : 1) * nest.sizes[axis];
    for (auto& tensor : nest.strides) tensor[kept] = tensor[axis];
  }
  if (nest.rank > 0) nest.rank = kept + 1;
  return nest;
}

// Offsets of element number `index` in each tensor. Use a 32-bit Index where the count allows it: divisions are most of
// the work.
template <class Index, int Tensors>
FALTUNG_HOST_DEVICE Places<Tensors> offsets_in(const StridedNest<Tensors>& nest, Index index) {
  Places<Tensors> at;
  for (int axis = nest.rank - 1; axis >= 0; --axis) {
    Index here = index;
    if (axis > 0) {
      const auto size = static_cast<Index>(nest.sizes[axis]);
      index /= size;
      here -= index * size;
    }
    for (int t = 0; t < Tensors; ++t) at.of[t] += static_cast<std::int64_t>(here) * nest.strides[t][axis];
  }
  return at;
}

}  // namespace faltung::cuda
