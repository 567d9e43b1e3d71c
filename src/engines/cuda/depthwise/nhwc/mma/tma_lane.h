// The shared-memory addresses that a lane reads and writes in nhwc_mma_tma.
#pragma once

#include "device/cuda/code/half_pairs.h"
#include "engines/cuda/depthwise/nhwc/mma/products.h"
#include "engines/cuda/depthwise/nhwc/mma/result.h"
#include "engines/cuda/depthwise/nhwc/mma/tma_copies.h"

namespace faltung::cuda_depthwise {

// A lane's two tiles, g and g + 8: where their windows are read and their results are put. The TMA swizzle exchanges
// neighbouring 16-byte chunks so that columns two apart use different banks. Every other lane starts with the second
// column of a pair, so that neighbouring tiles use different banks as well.
template <int Channels>
struct MmaTmaLane {
  static constexpr int pixel = 2 * Channels, strip = mma_columns * pixel, half_row = mma_tiles / 2 * strip;
  static constexpr int row = 2 * half_row, step = mma_tma_rows * row;  // bytes of results
  unsigned from[2][2];                                                 // addresses in the first stage: [tile][strip]
  unsigned to;  // address of the first tile in the first result buffer
  bool swapped;

  __device__ __forceinline__ MmaTmaLane(const MmaTma& k, unsigned stages, unsigned results, int warp, int lane)
      : swapped(lane / 4 % 2 == 1) {
    const int tile = lane / 4, at = (2 * (lane % 4) + tile % 2) * pixel + warp / 2 * 16;
    const int place = (at ^ ((at >> 7 & (Channels == 16 ? 1 : 3)) << 4)) + warp % 2 * 8;
    to = results + tile * strip + place;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int which = min(tile + 8 * i, k.tiles_w * k.images - 1), image = k.by_tiles_w.quotient(which);
      const int first = image * k.staged() / mma_columns + k.by_tiles_w.remainder(which, image);
#pragma unroll
      for (int j = 0; j < 2; ++j) from[i][j] = stages + (first + j) * strip + place;
    }
  }
  __device__ __forceinline__ void read(int offset, WindowRegisters& window) const {
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        auto& pair = i == 0 ? window.low[j] : window.high[j];
        cuda::load_shared((from[i][j / 2] + offset) ^ (j % 2 == 0 ? 0 : pixel), pair);
      }
  }
  // Address of an output: first or second tile, first or second column of the pair.
  __device__ __forceinline__ unsigned place(int offset, int tile, int column) const {
    return (to ^ ((column == 1) != swapped ? pixel : 0)) + offset + tile * half_row;
  }
};

// Adds the bias to a row of sums, rounds and stores it. Accumulates v · 0 in `nan`, which becomes NaN if any v is
// infinite or NaN.
template <class T, int Channels>
__device__ __forceinline__ void put_row(const MmaTmaLane<Channels>& lane, int offset,
                                        const float (&bias)[warp_channels], const float (&sums)[warp_channels][4],
                                        unsigned& nan) {
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
  for (int i = 0; i < 4; ++i) {  // every other lane starts with the second column, as in read()
    const unsigned pair[2] = {lane.swapped ? pixels[i ^ 1][0] : pixels[i][0],
                              lane.swapped ? pixels[i ^ 1][1] : pixels[i][1]};
    cuda::store_shared(
        (lane.to ^ (i % 2 == 0 ? 0 : MmaTmaLane<Channels>::pixel)) + offset + i / 2 * MmaTmaLane<Channels>::half_row,
        pair);
  }
}

// Recomputes the lane's NaN results of a step directly. The box starts at `first`, with the warp's first channel.
template <class T, int R, int S, int Channels>
__device__ __noinline__ void recompute_step(MmaTmaLane<Channels> mine, int offset, cuda::BoxOrigin first,
                                            const Planes& p, const MmaTma& k, const T* source, const Filter& filter,
                                            const FinishArgs& last) {
  if (first.channel >= p.channels) return;
  const int lane = threadIdx.x % 32;
#pragma unroll 1
  for (int i = 0; i < 4 * mma_tma_rows; ++i) {
    const int row = i / 4, half = i / 2 % 2, column = i % 2, tile = lane / 4 + 8 * half;
    const int image = k.by_tiles_w.quotient(tile), strip = k.by_tiles_w.remainder(tile, image);
    const OutputPlace at{first.image + image, first.y + row, first.x + strip * mma_columns + 2 * (lane % 4) + column,
                         first.channel};
    if (image >= k.images || at.image >= p.batch || at.row >= p.target_h || at.column >= p.target_w) continue;
    const unsigned stored = mine.place(offset + row * MmaTmaLane<Channels>::row, half, column);
    recompute_nans<T, R, S, warp_channels>(p, source, filter, last, at, static_cast<T*>(cuda::shared_pointer(stored)));
  }
}

}  // namespace faltung::cuda_depthwise
