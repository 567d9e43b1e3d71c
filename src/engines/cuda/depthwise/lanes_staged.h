// Window sums over images of 16-bit numbers that lie channel by channel: forward, and data gradient with stride 1. The
// tensor memory accelerator brings a tile's part of the source into shared memory, with zeros where it lies outside the
// image, while the tile before is summed: all that a thread does is read, multiply and write.
#pragma once

#include "engines/cuda/depthwise/lanes.h"
#include "engines/cuda/depthwise/staged_tiles.h"
#include "kernels/cuda/bulk_copy.h"

namespace faltung::cuda_depthwise {

// A thread's columns of a row of the source, and two more.
template <class T, int Columns, int S>
struct StagedRow {
  static constexpr int V = staged_pack;
  uint2 packs[Columns + S - 1];

  __device__ __forceinline__ void read(const unsigned char* from, int pixel) {
#pragma unroll
    for (int c = 0; c < Columns + S - 1; ++c) packs[c] = *reinterpret_cast<const uint2*>(from + c * pixel);
  }
  // Times a row of taps, onto sums or onto what they begin with.
  __device__ __forceinline__ void add(const float (&w)[S][V], float (&sums)[Columns][V]) const {
#pragma unroll
    for (int c = 0; c < Columns + S - 1; ++c) {
      const float2 low = cuda::widen_pair<T>(packs[c].x), high = cuda::widen_pair<T>(packs[c].y);
      const float x[V] = {low.x, low.y, high.x, high.y};
#pragma unroll
      for (int j = 0; j < Columns; ++j)
        if (c - j >= 0 && c - j < S)
#pragma unroll
          for (int v = 0; v < V; ++v) sums[j][v] += x[v] * w[c - j][v];
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

// What a block works on, tile by tile.
struct StagedPlace {
  int image, h, w;
};
__device__ __forceinline__ StagedPlace staged_place(const Staged& k, int tile) {
  const int line = k.by_tiles_w.quotient(tile), image = k.by_tiles_h.quotient(line);
  return {image, k.by_tiles_h.remainder(line, image) * k.rows,
          k.by_tiles_w.remainder(tile, line) * k.groups * staged_columns};
}

// Each thread for itself: once for many tiles.
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

template <class T, int R, int S>
__global__ void __launch_bounds__(staged_threads, staged_blocks)
    lanes_staged(const __grid_constant__ CUtensorMap source, Planes p, Staged k, Filter filter, T* target, After last) {
  static_assert(R == 3 && sizeof(T) == 2);
  constexpr int V = staged_pack, columns = staged_columns;
  extern __shared__ __align__(128) unsigned char memory[];
  const unsigned staged = cuda::shared_address(memory), barriers = staged + stage_count * k.stage_bytes();
  const int first = k.by_pack_blocks.quotient(blockIdx.x), pack_block = k.by_pack_blocks.remainder(blockIdx.x, first);
  const int group = k.by_lanes.quotient(threadIdx.x), lane = k.by_lanes.remainder(threadIdx.x, group);
  const int channel = pack_block * k.channels + lane * V, pixel = k.channels * static_cast<int>(sizeof(T));
  const auto fetch = [&](int tile, int stage) {
    if (threadIdx.x != 0 || tile >= k.tiles) return;
    const StagedPlace at = staged_place(k, tile);
    cuda::arrive_and_expect(barriers + 8 * stage, k.box_bytes());
    cuda::load_box(staged + stage * k.stage_bytes(), source, barriers + 8 * stage,
                   {pack_block * k.channels, at.w - p.pad_w, at.image, at.h - p.pad_h});
  };
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < stage_count; ++stage) cuda::begin_barrier(barriers + 8 * stage, 1);
    cuda::show_barriers();
  }
  for (int stage = 0; stage < stage_count; ++stage) fetch(first + stage * k.step, stage);
  __syncthreads();

  const bool any = group < k.groups;
  float w[R][S][V], bias[V];
  load_bias<T>(last, channel, any, bias);
  read_filter<T>(filter, channel, any, w);
  const unsigned char* const mine = memory + group * columns * pixel + lane * V * sizeof(T);
  int stage = 0, parity = 0;
  for (int tile = first; tile < k.tiles; tile += k.step) {
    const StagedPlace at = staged_place(k, tile);
    const int column = at.w + group * columns, height = min(k.rows, p.target_h - at.h), width = p.target_w - column;
    cuda::wait(barriers + 8 * stage, parity);
    if (any && width > 0) {
      const unsigned char* from = mine + stage * k.stage_bytes();
      T* to = target + ((static_cast<std::int64_t>(at.image) * p.target_h + at.h) * p.target_w + column) * p.channels +
              channel;
      StagedRow<T, columns, S> row;
      const auto read = [&] {
        row.read(from, pixel);
        from += k.box_w * pixel;
      };
      float sums[R][columns][V];
      read();
      row.begin(w[0], bias, sums[0]);
      read();
      row.add(w[1], sums[0]);
      row.begin(w[0], bias, sums[1]);
      for (int h = 0; h < height; h += R)
#pragma unroll
        for (int i = 0; i < R; ++i) {  // sums are told apart by name: each row of the source changes their parts
          if (h + i >= height) break;
          read();
          row.add(w[2], sums[i]);
          row.add(w[1], sums[(i + 1) % R]);
          row.begin(w[0], bias, sums[(i + 2) % R]);
          activate_packs(last, sums[i]);
#pragma unroll
          for (int j = 0; j < columns; ++j)
            if (j < width) cuda::store_pack(to + j * p.channels, sums[i][j]);
          to += p.target_w * p.channels;
        }
    }
    __syncthreads();
    fetch(tile + stage_count * k.step, stage);
    if (++stage == stage_count) stage = 0, parity ^= 1;
  }
}

}  // namespace faltung::cuda_depthwise
