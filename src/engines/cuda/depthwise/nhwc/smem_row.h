// Pieces shared by the NHWC kernels that read 16-bit pixels from shared memory.
#pragma once

#include "engines/cuda/depthwise/nhwc/pixels.h"

namespace faltung::cuda_depthwise {

// A thread's columns of a source row, with the neighbours that its windows reach.
template <class T, int V, int Columns, int S>
struct SmemRow {
  using Pack = typename cuda::Word<2 * V>::type;
  static constexpr int window = Columns + S - 1;
  Pack packs[window];

  __device__ __forceinline__ void read(const unsigned char* from, int pixel) {
#pragma unroll
    for (int c = 0; c < window; ++c) packs[c] = *reinterpret_cast<const Pack*>(from + c * pixel);
  }
  __device__ __forceinline__ void clear() {
#pragma unroll
    for (int c = 0; c < window; ++c) packs[c] = Pack{};
  }
  // Multiplies by a row of taps: begin() initialises sums with the bias, add() accumulates.
  __device__ __forceinline__ void add(const float (&w)[S][V], float (&sums)[Columns][V]) const {
#pragma unroll
    for (int c = 0; c < window; ++c) {
      unsigned pairs[V / 2];
      std::memcpy(pairs, &packs[c], sizeof pairs);
#pragma unroll
      for (int v = 0; v < V; v += 2) {
        const float2 x = cuda::widen_pair<T>(pairs[v / 2]);
#pragma unroll
        for (int j = 0; j < Columns; ++j)
          if (c - j >= 0 && c - j < S) sums[j][v] += x.x * w[c - j][v], sums[j][v + 1] += x.y * w[c - j][v + 1];
      }
    }
  }
  __device__ __forceinline__ void begin(const float (&w)[S][V], const float (&bias)[V],
                                        float (&sums)[Columns][V]) const {
#pragma unroll
    for (int j = 0; j < Columns; ++j)
#pragma unroll
      for (int v = 0; v < V; ++v) sums[j][v] = bias[v];
    add(w, sums);
  }
};

// Loads a thread's filter directly from global memory: with many outputs per thread faster than through shared memory.
template <class T, int R, int S, int V>
__device__ __forceinline__ void read_filter(const Filter& filter, int channel, bool any, float (&w)[R][S][V]) {
#pragma unroll
  for (int i = 0; i < R * S * V; ++i) {
    const int v = i / (R * S), r = i / S % R, s = i % S;
    const T* const tap =
        static_cast<const T*>(filter.data) + (channel + v) * filter.channel + r * filter.r + s * filter.s;
    w[r][s][v] = any ? cuda::widen<float>(*tap) : 0.0f;
  }
}

// Computes a thread's columns from top to bottom and stores `width` of them. Calls read(row) for each source row.
template <int Columns, class T, int S, int V, class Read>
__device__ __forceinline__ void sum_columns(const float (&w)[3][S][V], const float (&bias)[V], const FinishArgs& last,
                                            int height, int width, const Planes& p, T* to, Read&& read) {
  SmemRow<T, V, Columns, S> row;
  float sums[3][Columns][V];
  read(row);
  row.begin(w[0], bias, sums[0]);
  read(row);
  row.add(w[1], sums[0]);
  row.begin(w[0], bias, sums[1]);
  for (int h = 0; h < height; h += 3)
#pragma unroll
    for (int i = 0; i < 3; ++i) {  // unrolled by three: the three sums in registers change roles with each row
      if (h + i >= height) break;
      read(row);
      row.add(w[2], sums[i]);
      row.add(w[1], sums[(i + 1) % 3]);
      row.begin(w[0], bias, sums[(i + 2) % 3]);
      activate_packs(last, sums[i]);
#pragma unroll
      for (int j = 0; j < Columns; ++j)
        if (j < width) cuda::store_pack(to + j * p.channels, sums[i][j]);
      to += p.target_w * p.channels;
    }
}

template <class T>
__device__ __forceinline__ T* target_at(T* target, const Planes& p, int image, int h, int w, int channel) {
  return target + ((static_cast<std::int64_t>(image) * p.target_h + h) * p.target_w + w) * p.channels + channel;
}

}  // namespace faltung::cuda_depthwise
