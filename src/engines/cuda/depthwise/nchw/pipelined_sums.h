// Parts of nchw_pipelined.h: a thread's position, taps and windows.
#pragma once

#include "engines/cuda/depthwise/nchw/pipelined.h"
#include "engines/cuda/depthwise/nchw/planes.h"

namespace faltung::cuda_depthwise {

// The tile of a run that a thread works on.
__device__ __forceinline__ Spot spot_of_thread(const Pipelined& k) {
  const int line = k.by_tiles_w.quotient(threadIdx.x), plane = k.by_tiles_h.quotient(line);
  return {plane, k.by_tiles_h.remainder(line, plane), k.by_tiles_w.remainder(threadIdx.x, line)};
}

__device__ __forceinline__ int channel_of(const Pipelined& k, int plane) {
  return k.by_channels.remainder(plane, k.by_channels.quotient(plane));
}

template <int N, class Sum>
__device__ __forceinline__ void load_taps(const Sum* from, Sum (&w)[N]) {
  constexpr int word = 16 / static_cast<int>(sizeof(Sum)), words = N / word;
#pragma unroll
  for (int i = 0; i < words; ++i) cuda::load_pack(from + i * word, *reinterpret_cast<Sum(*)[word]>(w + i * word));
#pragma unroll
  for (int i = words * word; i < N; ++i) w[i] = from[i];
}

// Sums of pipelined_rows by tile_width windows; `pitch`: elements between rows. Calls before(h) ahead of each row it
// reads.
template <int R, int S, class T, class Sum, class Before>
__device__ __forceinline__ void sum_windows(const T* window, int pitch, const Sum (&w)[R * S],
                                            Sum (&sums)[pipelined_rows][tile_width], Before&& before) {
  constexpr int delta = same_delta<S>, groups = (delta + tile_width - 1 + S + tile_width - 1) / tile_width;
#pragma unroll
  for (int h = 0; h < pipelined_rows - 1 + R; ++h, window += pitch) {
    before(h);
    Sum x[groups][tile_width];
#pragma unroll
    for (int g = 0; g < groups; ++g) cuda::load_pack(window + g * tile_width, x[g]);
#pragma unroll
    for (int o = 0; o < pipelined_rows; ++o) {
      const int r = h - o;
      if (r < 0 || r >= R) continue;
#pragma unroll
      for (int s = 0; s < S; ++s)
#pragma unroll
        for (int j = 0; j < tile_width; ++j) {
          const int c = delta + j + s;
          sums[o][j] += x[c / tile_width][c % tile_width] * w[r * S + s];
        }
    }
  }
}

}  // namespace faltung::cuda_depthwise
