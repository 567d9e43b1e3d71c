// Sums of weight gradients over images that lie channel by channel: of threads, then of blocks, each in a fixed order.
#pragma once

#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/lanes.h"

namespace faltung::cuda_depthwise {

// The threads of a block that have the same channels add their sums pair by pair; the first slot gets them all.
template <int N, int V, class Sum>
__device__ __forceinline__ void add_slots(Sum* shared, const Lanes& l, const Share& share, Sum (&sums)[N][V]) {
  const int wide = l.lanes * V;
  for (int slots = l.slots; slots > 1; slots = (slots + 1) / 2) {
    const int half = (slots + 1) / 2;
    const bool gives = share.slot >= half && share.slot < slots, takes = share.slot < slots - half;
    Sum* const place = shared + (gives ? share.slot - half : share.slot) * N * wide + share.lane * V;
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

// The first slot's sums of all blocks of a cluster.
template <class T, int N, int V, class Sum>
__device__ __forceinline__ void add_blocks(Sum* shared, const Lanes& l, const Share& share, const WeightSums<T>& to,
                                           const Sum (&sums)[N][V]) {
  const int wide = l.lanes * V, first = share.pack_block * wide;
  __syncthreads();  // the slots' sums have been read
#pragma unroll
  for (int tap = 0; tap < N; ++tap)
    if (share.any && share.slot == 0) cuda::store_pack(shared + tap * wide + share.lane * V, sums[tap]);
  add_cluster(shared, N * wide, to.gather.shares, [&](int i, Sum sum) {
    const int channel = first + i % wide;
    if (channel < to.gather.channels) store_weight<T>(to.gather, to.filter, channel, i / wide, sum);
  });
}

// A thread's sums, to where a kernel adds those of all blocks, or into the result if they are all.
template <class T, int N, int V, class Sum>
__device__ __forceinline__ void put_sums(const Lanes& l, const Share& share, const WeightSums<T>& to,
                                         const Sum (&sums)[N][V]) {
  const int number = share.tile_block * l.strips + share.strip, channel = share.pack * V;
#pragma unroll
  for (int tap = 0; tap < N; ++tap)
    if (to.is_only_share())
#pragma unroll
      for (int v = 0; v < V; ++v) to.put(number, channel + v, tap, sums[tap][v]);
    else
      cuda::store_pack(to.at(number, channel, tap), sums[tap]);
}

}  // namespace faltung::cuda_depthwise
