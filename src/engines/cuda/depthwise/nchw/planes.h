// Pieces shared by the NCHW kernels.
#pragma once

#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/nchw/stage.h"

namespace faltung::cuda_depthwise {

// The plane and tile that a thread or a block works on.
struct Spot {
  int plane, h, w;
};
__device__ __forceinline__ Spot spot_of_thread(const NchwTiles& t) {
  const int line = t.by_tiles_w.quotient(threadIdx.x), plane = t.by_tiles_h.quotient(line);
  return {plane, t.by_tiles_h.remainder(line, plane), t.by_tiles_w.remainder(threadIdx.x, line)};
}
__device__ __forceinline__ Spot spot_of_block(const NchwTiles& t) {
  const int line = t.by_columns.quotient(blockIdx.x), plane = t.by_bands.quotient(line);
  return {plane, t.by_bands.remainder(line, plane), t.by_columns.remainder(blockIdx.x, line)};
}

template <class T, class Sum>
__device__ __forceinline__ void store_row(T* row, int column, int width, bool whole, const Sum (&values)[tile_width]) {
  if (whole) return cuda::store_pack(row + column, values);
#pragma unroll
  for (int j = 0; j < tile_width; ++j)
    if (column + j < width) row[column + j] = cuda::narrow<T>(values[j]);
}

template <class T, int R, int S, class Sum>
__device__ __forceinline__ void load_plane_filter(const Filter& filter, int channel, Sum (&w)[R][S]) {
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < S; ++s)
      w[r][s] =
          cuda::widen<Sum>(static_cast<const T*>(filter.data)[channel * filter.channel + r * filter.r + s * filter.s]);
}

template <int S>
inline constexpr int same_delta = (tile_width - S / 2 % tile_width) % tile_width;

}  // namespace faltung::cuda_depthwise
