// Window sums as matrix products. For one channel and filter row, a tile of 8 neighbouring outputs is a vector of 16
// neighbouring source pixels times a banded matrix with the taps along its diagonals. One MMA computes 16 tiles.
#pragma once

#include "device/cuda/code/tensor_cores.h"
#include "engines/cuda/depthwise/arguments.h"
#include "engines/cuda/depthwise/nhwc/mma/stage.h"

namespace faltung::cuda_depthwise {

// A lane's fragments of the tap matrices of its warp's channels.
template <int R>
using TapMatrices = unsigned[warp_channels][R][2];

// Element (i, j) of a tap matrix is tap i − j. Each lane holds rows 2t, 2t + 1 and 2t + 8, 2t + 9 of column g, where t
// = lane % 4 and g = lane / 4. As S < 8, at most one of the two pairs is non-zero.
template <int R, int S>
__device__ __forceinline__ void load_diagonals(const unsigned short* taps, int lane, TapMatrices<R>& to) {
  static_assert(S < mma_columns);
  const int first = 2 * (lane % 4) - lane / 4;
  const bool upper = first >= -1;
  const int at = upper ? first : first + mma_columns;
#pragma unroll
  for (int v = 0; v < warp_channels; ++v)
#pragma unroll
    for (int r = 0; r < R; ++r) {
      const unsigned short* const row = taps + (v * R + r) * S;
      unsigned pair = 0;
      if (at >= 0 && at < S) pair = row[at];
      if (at + 1 < S) pair |= static_cast<unsigned>(row[at + 1]) << 16;
      to[v][r][0] = upper ? pair : 0;
      to[v][r][1] = upper ? 0 : pair;
    }
}

// Copies the taps of the block's channels to shared memory, one channel per eight threads; all loads are in flight at
// once.
template <int R, int S>
struct FilterCopy {
  static constexpr int most = (R * S + 7) / 8;
  unsigned short taps[most];

  __device__ __forceinline__ void read(const Filter& filter, int first_channel, int channels) {
    const auto* const data = static_cast<const unsigned short*>(filter.data);
#pragma unroll
    for (int i = 0; i < most; ++i) {
      const int at = threadIdx.x + i * blockDim.x, tap = at % (R * S);
      const int channel = min(first_channel + at / (R * S), channels - 1);
      taps[i] = data[channel * filter.channel + tap / S * filter.r + tap % S * filter.s];
    }
  }
  __device__ __forceinline__ void write(unsigned short* shared) const {
#pragma unroll
    for (int i = 0; i < most; ++i) shared[threadIdx.x + i * blockDim.x] = taps[i];
  }
};

// A fragments of the MMAs, one channel each, from the window's pixel pairs. `swapped`: the columns of each pair were
// read in reverse order.
using MmaFragments = unsigned[warp_channels][4];
__device__ __forceinline__ void to_fragments(const WindowRegisters& window, bool swapped, MmaFragments& to) {
  const auto &low = window.low, &high = window.high;
#pragma unroll
  for (int v = 0; v < warp_channels; ++v) {
    const unsigned halves = v % 2 == 0 ? swapped ? 0x1054 : 0x5410 : swapped ? 0x3276 : 0x7632;
    to[v][0] = __byte_perm(low[0][v / 2], low[1][v / 2], halves);
    to[v][1] = __byte_perm(high[0][v / 2], high[1][v / 2], halves);
    to[v][2] = __byte_perm(low[2][v / 2], low[3][v / 2], halves);
    to[v][3] = __byte_perm(high[2][v / 2], high[3][v / 2], halves);
  }
}

// Accumulates a source row: each sums[k] continues sums[k − 1], as the output rows move on by one. The completed row is
// computed first, as `done`, so that it can be stored while the others are computed.
template <class T, int R>
__device__ __forceinline__ void add_products(const MmaFragments& fragments, const TapMatrices<R>& taps,
                                             float (&sums)[R - 1][warp_channels][4], float (&done)[warp_channels][4]) {
  const float none[4] = {0, 0, 0, 0};
#pragma unroll
  for (int v = 0; v < warp_channels; ++v) {
    cuda::mma_m16n8k16<T>(fragments[v], taps[v][R - 1], sums[R - 2][v], done[v]);
#pragma unroll
    for (int r = R - 2; r > 0; --r) cuda::mma_m16n8k16<T>(fragments[v], taps[v][r], sums[r - 1][v], sums[r][v]);
    cuda::mma_m16n8k16<T>(fragments[v], taps[v][0], none, sums[0][v]);
  }
}

}  // namespace faltung::cuda_depthwise
