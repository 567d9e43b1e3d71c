// Rows of finished outputs, from MMA accumulators through shared memory to global memory.
#pragma once

#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/nhwc/mma/stage.h"

namespace faltung::cuda_depthwise {

// Rounds a row of the warp's sums into the result buffer.
template <class T>
__device__ __forceinline__ void put_results(const FinishArgs& last, const float (&bias)[warp_channels], int at,
                                            const float (&sums)[warp_channels][4], char* results) {
  float values[4 * warp_channels];
#pragma unroll
  for (int i = 0; i < 4 * warp_channels; ++i)
    values[i] = sums[i % warp_channels][i / warp_channels] + bias[i % warp_channels];
  activate_all(last.activation, values);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    float pixel[warp_channels];
#pragma unroll
    for (int v = 0; v < warp_channels; ++v) pixel[v] = values[i * warp_channels + v];
    cuda::store_pack(reinterpret_cast<T*>(results + (i % 2 == 0 ? at : at ^ next_column) + (i / 2) * 8 * mma_strip),
                     pixel);
  }
}

template <class T>
__device__ __forceinline__ bool has_nan(const uint4& values) {
  constexpr unsigned up =
      std::is_same_v<T, __half>
          ? 0x03ff03ff
          : 0x007f007f;  // 0x8000 − (infinity + 1): the addition carries into the sign bit exactly for NaN
  const auto sum = [](unsigned pair) { return (pair & 0x7fff7fff) + up; };
  return ((sum(values.x) | sum(values.y) | sum(values.z) | sum(values.w)) & 0x80008000) != 0;
}

// A pixel of the output.
struct OutputPlace {
  int image, row, column, channel;  // first channel of a thread's chunk
};

// Recomputes NaN outputs directly. The zero padding of the tap matrix turns an Inf outside a window into NaN (0 · Inf),
// and so does an infinite weight over the image's padding.
template <class T, int R, int S, int Channels>
__device__ __noinline__ void recompute_nans(const Planes& p, const T* source, const Filter& filter,
                                            const FinishArgs& last, const OutputPlace& at, T* stored) {
  const T* const image = source + static_cast<std::int64_t>(at.image) * p.source_h * p.source_w * p.channels;
  for (int v = 0; v < Channels; ++v) {
    if (!__hisnan(stored[v])) continue;
    const int channel = at.channel + v;
    float sum[1] = {0};
    for (int r = 0; r < R; ++r)
      for (int s = 0; s < S; ++s) {
        const int y = at.row - p.pad_h + r, x = at.column - p.pad_w + s;
        if (y < 0 || y >= p.source_h || x < 0 || x >= p.source_w) continue;
        const T tap = static_cast<const T*>(filter.data)[channel * filter.channel + r * filter.r + s * filter.s];
        sum[0] += cuda::widen<float>(image[(y * p.source_w + x) * p.channels + channel]) * cuda::widen<float>(tap);
      }
    finish_channel<T>(last, channel, sum);
    stored[v] = cuda::narrow<T>(sum[0]);
  }
}

// A thread's pixels of a row of finished outputs, one per eight tiles.
struct MmaWriter {
  static constexpr int most = mma_tiles / 8;
  int to[most];  // offset from the target in the strip's first row, in elements; −1: none
  int from;      // in bytes

  __device__ __forceinline__ static OutputPlace place(const Planes& p, const Mma& k, const MmaBlock& block, int i) {
    const int pixel = k.by_chunks.quotient(threadIdx.x), chunk = k.by_chunks.remainder(threadIdx.x, pixel);
    const int tile = block.first_tile + pixel / mma_columns + 8 * i, image = k.by_tiles_w.quotient(tile);
    return {image, block.first_row, k.by_tiles_w.remainder(tile, image) * mma_columns + pixel % mma_columns,
            (block.first_chunk + chunk) * mma_channels};
  }
  __device__ __forceinline__ MmaWriter(const Planes& p, const Mma& k, const MmaBlock& block, int chunk, int pixel)
      : from(staged_at(pixel / mma_columns, pixel % mma_columns, chunk)) {
#pragma unroll
    for (int i = 0; i < most; ++i) {
      const OutputPlace at = place(p, k, block, i);
      const bool any = at.image < p.batch && at.channel < p.channels && at.column < p.target_w;
      to[i] = any ? ((at.image * p.target_h + at.row) * p.target_w + at.column) * p.channels + at.channel : -1;
    }
  }
  // Stores the rows from `first` on that lie in the strip.
  template <class T, int R, int S>
  __device__ __forceinline__ void write(const Planes& p, const Mma& k, const MmaBlock& block, const char* results,
                                        int first, const T* source, const Filter& filter, const FinishArgs& last,
                                        T* target) const {
    uint4 values[mma_rows][most];
    bool wrong = false;
#pragma unroll
    for (int r = 0; r < mma_rows; ++r)
#pragma unroll
      for (int i = 0; i < most; ++i) {
        values[r][i] = *reinterpret_cast<const uint4*>(results + from + (r * mma_tiles + 8 * i) * mma_strip);
        wrong |= has_nan<T>(values[r][i]);
      }
    const int next_row = p.target_w * p.channels;
    T* const from_first = target + first * next_row;
#pragma unroll
    for (int r = 0; r < mma_rows; ++r)
#pragma unroll
      for (int i = 0; i < most; ++i)
        if (to[i] >= 0 && static_cast<unsigned>(first + r) < static_cast<unsigned>(block.height))
          *reinterpret_cast<uint4*>(from_first + (to[i] + r * next_row)) = values[r][i];
    if (!wrong) return;
#pragma unroll 1
    for (int j = 0; j < mma_rows * most; ++j) {
      const int r = j / most, i = j % most;
      if (to[i] < 0 || static_cast<unsigned>(first + r) >= static_cast<unsigned>(block.height)) continue;
      OutputPlace at = place(p, k, block, i);
      at.row += first + r;
      recompute_nans<T, R, S, mma_channels>(p, source, filter, last, at, from_first + (to[i] + r * next_row));
    }
  }
};

}  // namespace faltung::cuda_depthwise
