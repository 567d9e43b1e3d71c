// Reductions of NHWC weight gradients, over threads and then over blocks, each in a fixed order.
#pragma once

#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/nhwc/pixels.h"

namespace faltung::cuda_depthwise {

// Adds the sums of all threads that have the same channels, pairwise; slot 0 gets the total.
template <int N, int V, class Sum>
__device__ __forceinline__ void add_slots(Sum* shared, const NhwcStrips& l, const ThreadWork& mine, Sum (&sums)[N][V]) {
  const int wide = l.block_packs * V;
  for (int slots = l.slots; slots > 1; slots = (slots + 1) / 2) {
    const int half = (slots + 1) / 2;
    const bool gives = mine.slot >= half && mine.slot < slots, takes = mine.slot < slots - half;
    Sum* const place = shared + (gives ? mine.slot - half : mine.slot) * N * wide + mine.local_pack * V;
    __syncthreads();
    if (gives)
#pragma unroll
      for (int i = 0; i < N; ++i) cuda::store_pack(place + i * wide, sums[i]);
    __syncthreads();
    if (takes)
#pragma unroll
      for (int i = 0; i < N; ++i) {
        Sum other[V];
        cuda::load_pack(place + i * wide, other);
#pragma unroll
        for (int v = 0; v < V; ++v) sums[i][v] += other[v];
      }
  }
}

// Adds the totals of all blocks of a cluster.
template <class T, int N, int V, class Sum>
__device__ __forceinline__ void add_blocks(Sum* shared, const NhwcStrips& l, const ThreadWork& mine,
                                           const WeightSums<T>& to, const Sum (&sums)[N][V]) {
  const int wide = l.block_packs * V, first = mine.pack_block * wide;
  __syncthreads();  // all slots have read their partners' sums
#pragma unroll
  for (int tap = 0; tap < N; ++tap)
    if (mine.busy && mine.slot == 0) cuda::store_pack(shared + tap * wide + mine.local_pack * V, sums[tap]);
  add_cluster(shared, N * wide, to.gather.slices, [&](int i, Sum sum) {
    const int channel = first + i % wide;
    if (channel < to.gather.channels) store_weight<T>(to.gather, to.filter, channel, i / wide, sum);
  });
}

// Stores a thread's sums: as partial sums for the second kernel, or as the result if there is only one slice.
template <class T, int N, int V, class Sum>
__device__ __forceinline__ void put_sums(const NhwcStrips& l, const ThreadWork& mine, const WeightSums<T>& to,
                                         const Sum (&sums)[N][V]) {
  const int number = mine.tile_block * l.strips + mine.strip, channel = mine.pack * V;
#pragma unroll
  for (int tap = 0; tap < N; ++tap)
    if (to.is_only_slice())
#pragma unroll
      for (int v = 0; v < V; ++v) to.put(number, channel + v, tap, sums[tap][v]);
    else
      cuda::store_pack(to.at(number, channel, tap), sums[tap]);
}

}  // namespace faltung::cuda_depthwise
