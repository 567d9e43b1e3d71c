// Rows of the source on their way through shared memory: see lanes_staged.h.
#pragma once

#include "engines/cuda/depthwise/staged_tiles.h"
#include "kernels/cuda/bulk_copy.h"

namespace faltung::cuda_depthwise {

// The slots' barriers, and the slot of the next row.
struct StagedRing {
  unsigned slots, barriers;
  int count, at = 0, odd = 0;

  __device__ __forceinline__ StagedRing(const Staged& k, unsigned memory)
      : slots(memory), barriers(memory + k.slots * k.slot_bytes), count(k.slots) {}
  __device__ __forceinline__ unsigned full() const { return barriers + 8 * at; }
  __device__ __forceinline__ unsigned empty() const { return barriers + 8 * (count + at); }
  __device__ __forceinline__ void begin(int readers) const {
    for (int i = 0; i < count; ++i) {
      cuda::begin_barrier(barriers + 8 * i, 1);
      cuda::begin_barrier(barriers + 8 * (count + i), readers);
    }
    cuda::show_barriers();
  }
  // By all threads of a warp that have read the slot.
  __device__ __forceinline__ void give_back() const {
    __syncwarp();
    if (threadIdx.x % 32 == 0) cuda::arrive(empty());
  }
  __device__ __forceinline__ void next() {
    if (++at == count) at = 0, odd ^= 1;
  }
};

// Until those who sum have cleared what lies outside the image; the warp that copies needs not wait for that.
__device__ __forceinline__ void wait_for_summing_warps(const Staged& k) {
  asm volatile("bar.sync 1, %0;" ::"r"(k.warps * 32) : "memory");
}

// A slot's columns: the first, and those that lie in the image. All of a block's tiles are of one strip.
struct StagedSpan {
  int target;             // the first output's
  int first, begin, end;  // the source's
  __device__ __forceinline__ bool has(int column) const { return column >= begin && column < end; }
};
__device__ __forceinline__ StagedSpan staged_span(const Planes& p, const Staged& k, int strip) {
  const int target = strip * k.groups * staged_columns, first = target - p.pad_w;
  return {target, first, max(first, 0), min(first + k.slot_w, p.source_w)};
}

struct StagedTile {
  int image, h, height;  // of outputs
  int first;             // row of the source, which may lie above it
};
__device__ __forceinline__ StagedTile staged_tile(const Planes& p, const Staged& k, int tile) {
  const int image = k.by_tiles_h.quotient(tile), h = k.by_tiles_h.remainder(tile, image) * k.rows;
  return {image, h, min(k.rows, p.target_h - h), h - p.pad_h};
}

// By one thread. Rows that no other tile reads do not stay in the cache: what stays is y, and rows that are read twice.
template <class T, int R>
__device__ __forceinline__ void copy_rows(const Planes& p, const Staged& k, const T* source, StagedRing ring,
                                          const StagedSpan& span, int tile) {
  const int pixel = p.channels * static_cast<int>(sizeof(T)), bytes = (span.end - span.begin) * pixel;
  const unsigned slots = ring.slots + (span.begin - span.first) * pixel;
  for (; tile < k.tiles; tile += k.step) {
    const StagedTile at = staged_tile(p, k, tile);
    const int begin = max(at.first, 0), end = min(at.first + at.height + R - 1, p.source_h);
    const T* from =
        source + ((static_cast<std::int64_t>(at.image) * p.source_h + begin) * p.source_w + span.begin) * p.channels;
    for (int y = begin; y < end; ++y, from += p.source_w * p.channels) {
      cuda::wait(ring.empty(), ring.odd ^ 1);
      cuda::arrive_and_expect(ring.full(), bytes);
      const unsigned to = slots + ring.at * k.slot_bytes;
      if (y >= at.first + R - 1 && y < at.first + at.height)
        cuda::load_bytes_once(to, from, bytes, ring.full());
      else
        cuda::load_bytes(to, from, bytes, ring.full());
      ring.next();
    }
  }
}

}  // namespace faltung::cuda_depthwise
