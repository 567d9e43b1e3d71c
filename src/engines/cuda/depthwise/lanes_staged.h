// Window sums over large images of 16-bit numbers that lie channel by channel: forward, and data gradient with
// stride 1. One warp of a block has rows of the source copied into a ring in shared memory, all channels at once, as
// they lie in memory without a gap; the others sum them. All that these do is read, multiply and write.
#pragma once

#include "engines/cuda/depthwise/staged_ring.h"
#include "engines/cuda/depthwise/staged_row.h"

namespace faltung::cuda_depthwise {

// The slots' columns outside the image, which no copy touches. What two threads share is zeroed twice.
template <int Window>
__device__ __forceinline__ void clear_outside(const Staged& k, const StagedSpan& span, int column,
                                              unsigned char* memory, int pixel) {
  for (int c = 0; c < Window; ++c)
    if (!span.has(span.first + column + c))
      for (int i = 0; i < k.slots; ++i) *reinterpret_cast<unsigned*>(memory + i * k.slot_bytes + c * pixel) = 0;
}

template <class T, int R, int S>
__device__ __forceinline__ void sum_rows(const Planes& p, const Staged& k, const Filter& filter, T* target,
                                         const After& last, StagedRing ring, const StagedSpan& span, int tile,
                                         unsigned char* memory) {
  constexpr int V = staged_pack, columns = staged_columns;
  const int found = k.by_lanes.quotient(threadIdx.x), lane = k.by_lanes.remainder(threadIdx.x, found);
  const bool any = found < k.groups;
  const int column = min(found, k.groups - 1) * columns, channel = lane * V;
  const int pixel = p.channels * static_cast<int>(sizeof(T)), width = any ? p.target_w - span.target - column : 0;
  unsigned char* const mine = memory + column * pixel + channel * sizeof(T);
  clear_outside<columns + S - 1>(k, span, column, mine, pixel);
  float w[R][S][V], bias[V];
  load_bias<T>(last, channel, any, bias);
  read_filter<T>(filter, channel, any, w);
  wait_for_summing_warps(k);

  for (; tile < k.tiles; tile += k.step) {
    const StagedTile at = staged_tile(p, k, tile);
    int y = at.first;
    const auto read = [&](auto& row) {
      if (y < 0 || y >= p.source_h) {
        row.clear();
      } else {
        cuda::wait(ring.full(), ring.odd);
        row.read(mine + ring.at * k.slot_bytes, pixel);
        ring.give_back();
        ring.next();
      }
      ++y;
    };
    T* const to = target_at(target, p, at.image, at.h, span.target + column, channel);
    sum_columns<columns>(w, bias, last, at.height, width, p, to, read);
  }
}

template <class T, int R, int S>
__global__ void __launch_bounds__(staged_threads, 1)
    lanes_staged(const __grid_constant__ Planes p, const __grid_constant__ Staged k, const T* source, Filter filter,
                 T* target, After last) {
  extern __shared__ __align__(128) unsigned char memory[];
  const StagedRing ring(k, cuda::shared_address(memory));
  const int tile = k.by_strips.quotient(blockIdx.x), strip = k.by_strips.remainder(blockIdx.x, tile);
  const StagedSpan span = staged_span(p, k, strip);
  if (threadIdx.x == 0) ring.begin(k.warps);
  __syncthreads();
  if (static_cast<int>(threadIdx.x) < k.warps * 32)
    sum_rows<T, R, S>(p, k, filter, target, last, ring, span, tile, memory);
  else if (threadIdx.x % 32 == 0)
    copy_rows<T, R>(p, k, source, ring, span, tile);
}

}  // namespace faltung::cuda_depthwise
