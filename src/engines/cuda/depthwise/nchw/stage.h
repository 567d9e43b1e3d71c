// Copies part of some planes into shared memory, with zeros around them.
#pragma once

#include "device/cuda/code/pack.h"
#include "engines/cuda/depthwise/nchw/tiling.h"

namespace faltung::cuda_depthwise {

// Source coordinates at which the block's staged region starts.
struct Region {
  int row = 0, column = 0;
  int height = 1, width = 1;  // of the source
};

template <int Elements, class T>
__device__ __forceinline__ void stage_elements(T* to, const T* from, bool inside) {
  constexpr int bytes = Elements * static_cast<int>(sizeof(T));
  if constexpr (bytes == 2) {
    T zero;
    std::memset(&zero, 0, sizeof(T));
    *to = inside ? *from : zero;
  } else if constexpr (bytes > 16) {
    for (int i = 0; i < bytes / 16; ++i)
      cuda::copy_async<16>(reinterpret_cast<char*>(to) + 16 * i, reinterpret_cast<const char*>(from) + 16 * i, inside);
  } else {
    cuda::copy_async<bytes>(to, from, inside);
  }
}

// plane_of(i) points to the i-th plane, or is null beyond the last.
template <int Elements, class T, class PlaneOf>
__device__ __forceinline__ void stage_by(T* shared, const NchwTiles& t, const Region& region, PlaneOf&& plane_of) {
  const int total = t.planes * t.rows * t.groups * (tile_width / Elements);
#pragma unroll 4
  for (int i = threadIdx.x; i < total; i += blockDim.x) {
    const int line = t.by_groups.quotient(i), plane = t.by_rows.quotient(line);
    const int row = region.row + t.by_rows.remainder(line, plane);
    const int column = region.column + Elements * t.by_groups.remainder(i, line);
    const T* const source = plane_of(plane);
    const bool inside = source != nullptr && row >= 0 && row < region.height && column >= 0 && column < region.width;
    stage_elements<Elements>(shared + Elements * i, inside ? source + row * region.width + column : plane_of(0),
                             inside);
  }
}

// The same for consecutive whole planes: reads 16-byte words and scatters their elements.
template <class T>
__device__ __forceinline__ void stage_run(T* shared, const NchwTiles& t, const Region& region, const T* source,
                                          int planes) {
  constexpr int word = 16 / static_cast<int>(sizeof(T));
  const T zeros[tile_width] = {};
  for (int i = threadIdx.x; i < t.planes * t.rows * t.groups; i += blockDim.x)
    std::memcpy(shared + i * tile_width, zeros, sizeof zeros);
  __syncthreads();
  const int size = region.height * region.width, count = planes * size, pitch = t.groups * tile_width;
  for (int i = threadIdx.x * word; i < count; i += blockDim.x * word) {
    T elements[word];
    if (i + word <= count) {
      const uint4 loaded = *reinterpret_cast<const uint4*>(source + i);
      std::memcpy(elements, &loaded, 16);
    } else {
#pragma unroll
      for (int e = 0; e < word; ++e) elements[e] = source[min(i + e, count - 1)];
    }
    int plane = t.by_source_size.quotient(i), rest = t.by_source_size.remainder(i, plane);
    int row = t.by_source_w.quotient(rest), column = t.by_source_w.remainder(rest, row) - region.column;
    row -= region.row;
#pragma unroll
    for (int e = 0; e < word; ++e) {
      const bool staged = row >= 0 && row < t.rows && column >= 0 && column < pitch && i + e < count;
      if (staged) shared[(plane * t.rows + row) * pitch + column] = elements[e];
      if (++column != region.width - region.column) continue;
      column = -region.column;
      if (++row != region.height - region.row) continue;
      row = -region.row;
      ++plane;
    }
  }
  __syncthreads();
}

// Stores an array of finished elements from shared memory.
template <class T>
__device__ __forceinline__ void store_run(T* target, const T* shared, int count) {
  constexpr int word = 16 / static_cast<int>(sizeof(T));
  for (int i = threadIdx.x * word; i < count; i += blockDim.x * word) {
    if (i + word <= count)
      *reinterpret_cast<uint4*>(target + i) = *reinterpret_cast<const uint4*>(shared + i);
    else
      for (int e = i; e < count; ++e) target[e] = shared[e];
  }
}

template <class T, class PlaneOf>
__device__ __forceinline__ void stage(T* shared, const NchwTiles& t, const Region& region, PlaneOf&& plane_of) {
  if (t.elements == 4)
    stage_by<4>(shared, t, region, plane_of);
  else if (t.elements == 2)
    stage_by<2>(shared, t, region, plane_of);
  else
    stage_by<1>(shared, t, region, plane_of);
  cuda::wait_for_copies();
  __syncthreads();
}

}  // namespace faltung::cuda_depthwise
