// Offsets of element number `index` of a nest in both tensors.
#pragma once

#include <algorithm>

#include "device/cuda/copy/copy_kernels.h"

namespace faltung::cuda {

struct Offsets {
  std::int64_t out, in;
};

// Use a 32-bit Index where the count allows it: divisions are most of the work.
template <class Index>
__device__ __forceinline__ Offsets offsets_of(const CopyNest& nest, Index index) {
  Offsets at{0, 0};
  for (int axis = nest.rank - 1; axis > 0; --axis) {
    const auto size = static_cast<Index>(nest.sizes[axis]);
    const Index rest = index / size;
    const auto here = static_cast<std::int64_t>(index - rest * size);
    at.out += here * nest.out_strides[axis];
    at.in += here * nest.in_strides[axis];
    index = rest;
  }
  if (nest.rank > 0) {
    at.out += static_cast<std::int64_t>(index) * nest.out_strides[0];
    at.in += static_cast<std::int64_t>(index) * nest.in_strides[0];
  }
  return at;
}

inline unsigned blocks_for(std::int64_t count, int threads) {
  constexpr std::int64_t most = 1 << 16;  // threads loop beyond that
  return static_cast<unsigned>(std::clamp<std::int64_t>((count + threads - 1) / threads, 1, most));
}

}  // namespace faltung::cuda
