// What a lane reads and puts where the tensor memory accelerator copies rows.
#pragma once

#include "engines/cuda/depthwise/bulk_copies.h"
#include "engines/cuda/depthwise/matrix_products.h"
#include "engines/cuda/depthwise/matrix_result.h"
#include "kernels/cuda/half_pairs.h"

namespace faltung::cuda_depthwise {

// A lane's two tiles, g and g + 8: where it reads their windows and puts their results. The accelerator swaps pairs of
// neighbouring 16 bytes so that columns two apart meet in different banks; so do neighbouring tiles as every other lane
// begins with the second column of a pair.
template <int Channels>
struct BulkLane {
  static constexpr int pixel = 2 * Channels, strip = matrix_columns * pixel, half_row = matrix_tiles / 2 * strip;
  static constexpr int row = 2 * half_row, step = bulk_rows * row;  // of results
  unsigned from[2][2];  // addresses: of the tiles, of their strips, in the first stage
  unsigned to;          // of the first tile, in the first results
  bool swapped;

  __device__ __forceinline__ BulkLane(const Bulk& k, unsigned stages, unsigned results, int warp, int lane)
      : swapped(lane / 4 % 2 == 1) {
    const int tile = lane / 4, at = (2 * (lane % 4) + tile % 2) * pixel + warp / 2 * 16;
    const int place = (at ^ ((at >> 7 & (Channels == 16 ? 1 : 3)) << 4)) + warp % 2 * 8;
    to = results + tile * strip + place;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int which = min(tile + 8 * i, k.tiles_w * k.images - 1), image = k.by_tiles_w.quotient(which);
      const int first = image * k.staged() / matrix_columns + k.by_tiles_w.remainder(which, image);
#pragma unroll
      for (int j = 0; j < 2; ++j) from[i][j] = stages + (first + j) * strip + place;
    }
  }
  __device__ __forceinline__ void read(int offset, Window& window) const {
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        auto& pair = i == 0 ? window.low[j] : window.high[j];
        cuda::load_shared((from[i][j / 2] + offset) ^ (j % 2 == 0 ? 0 : pixel), pair);
      }
  }
  // Of the first tile or the second, the first column of the pair or the second.
  __device__ __forceinline__ unsigned place(int offset, int tile, int column) const {
    return (to ^ ((column == 1) != swapped ? pixel : 0)) + offset + tile * half_row;
  }
};

// A row of sums with their bias, rounded; gathers in `nan` whether one is no number, or infinite.
template <class T, int Channels>
__device__ __forceinline__ void put_row(const BulkLane<Channels>& lane, int offset, const float (&bias)[warp_channels],
                                        const float (&sums)[warp_channels][4], unsigned& nan) {
  unsigned pixels[4][2];
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int v = 2 * half;
      pixels[i][half] = cuda::pack_pair<T>(sums[v][i] + bias[v], sums[v + 1][i] + bias[v + 1]);
      nan = cuda::add_times_zero<T>(pixels[i][half], nan);
    }
#pragma unroll
  for (int i = 0; i < 4; ++i) {  // every other lane begins with the second column, as it reads
    const unsigned pair[2] = {lane.swapped ? pixels[i ^ 1][0] : pixels[i][0],
                              lane.swapped ? pixels[i ^ 1][1] : pixels[i][1]};
    cuda::store_shared(
        (lane.to ^ (i % 2 == 0 ? 0 : BulkLane<Channels>::pixel)) + offset + i / 2 * BulkLane<Channels>::half_row, pair);
  }
}

// The lane's results of a step that are no numbers, summed as they are defined. The box begins at `first`, the warp's
// first channel.
template <class T, int R, int S, int Channels>
__device__ __noinline__ void mend_step(BulkLane<Channels> mine, int offset, cuda::BoxPlace first, const Planes& p,
                                       const Bulk& k, const T* source, const Filter& filter, const After& last) {
  if (first.channel >= p.channels) return;
  const int lane = threadIdx.x % 32;
#pragma unroll 1
  for (int i = 0; i < 4 * bulk_rows; ++i) {
    const int row = i / 4, half = i / 2 % 2, column = i % 2, tile = lane / 4 + 8 * half;
    const int image = k.by_tiles_w.quotient(tile), strip = k.by_tiles_w.remainder(tile, image);
    const OutputPlace at{first.image + image, first.y + row, first.x + strip * matrix_columns + 2 * (lane % 4) + column,
                         first.channel};
    if (image >= k.images || at.image >= p.batch || at.row >= p.target_h || at.column >= p.target_w) continue;
    const unsigned stored = mine.place(offset + row * BulkLane<Channels>::row, half, column);
    sum_again<T, R, S, warp_channels>(p, source, filter, last, at, static_cast<T*>(cuda::shared_pointer(stored)));
  }
}

}  // namespace faltung::cuda_depthwise
