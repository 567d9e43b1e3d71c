// The ring of source rows in shared memory: see nhwc_rows_tma.h.
#pragma once

#include "device/cuda/code/pipeline.h"
#include "engines/cuda/depthwise/nhwc/rows_tma.h"

namespace faltung::cuda_depthwise {

// The slots and their mbarriers, and a thread's next one.
struct RowRing {
  unsigned slots;
  cuda::Pipeline pipeline;
  cuda::PipelineState at{0, 0};

  __device__ __forceinline__ RowRing(const RowsTma& k, unsigned memory)
      : slots(memory), pipeline{memory + k.slots * k.slot_bytes, k.slots} {}
  __device__ __forceinline__ unsigned full() const { return pipeline.full(at.index); }
  __device__ __forceinline__ unsigned empty() const { return pipeline.empty(at.index); }
  // Releases the slot. All threads of the warp must have read it.
  __device__ __forceinline__ void release() const {
    __syncwarp();
    if (threadIdx.x % 32 == 0) cuda::mbarrier_arrive(empty());
  }
  __device__ __forceinline__ void next() { at.next(pipeline.count); }
};

// Waits until the computing warps have zeroed the columns outside the image; the copying warp does not take part.
__device__ __forceinline__ void wait_for_summing_warps(const RowsTma& k) {
  asm volatile("bar.sync 1, %0;" ::"r"(k.warps * 32) : "memory");
}

// Columns of a slot: the first one, and the range inside the image. All tiles of a block belong to one strip.
struct RowSpan {
  int target;             // first output column
  int first, begin, end;  // source columns
  __device__ __forceinline__ bool has(int column) const { return column >= begin && column < end; }
};
__device__ __forceinline__ RowSpan row_span(const Planes& p, const RowsTma& k, int strip) {
  const int target = strip * k.groups * rows_tma_columns, first = target - p.pad_w;
  return {target, first, max(first, 0), min(first + k.slot_w, p.source_w)};
}

struct RowTile {
  int image, h, height;  // of output rows
  int first;             // source row, may be above the image
};
__device__ __forceinline__ RowTile row_tile(const Planes& p, const RowsTma& k, int tile) {
  const int image = k.by_tiles_h.quotient(tile), h = k.by_tiles_h.remainder(tile, image) * k.rows;
  return {image, h, min(k.rows, p.target_h - h), h - p.pad_h};
}

// Issued by one thread. Rows that no other tile reads are evicted first from L2, which then keeps y and the rows that
// are read twice.
template <class T, int R>
__device__ __forceinline__ void copy_rows(const Planes& p, const RowsTma& k, const T* source, RowRing ring,
                                          const RowSpan& span, int tile) {
  const int pixel = p.channels * static_cast<int>(sizeof(T)), bytes = (span.end - span.begin) * pixel;
  const unsigned slots = ring.slots + (span.begin - span.first) * pixel;
  for (; tile < k.tiles; tile += k.step) {
    const RowTile at = row_tile(p, k, tile);
    const int begin = max(at.first, 0), end = min(at.first + at.height + R - 1, p.source_h);
    const T* from =
        source + ((static_cast<std::int64_t>(at.image) * p.source_h + begin) * p.source_w + span.begin) * p.channels;
    for (int y = begin; y < end; ++y, from += p.source_w * p.channels) {
      cuda::mbarrier_wait(ring.empty(), ring.at.phase ^ 1);
      cuda::mbarrier_arrive_expect_tx(ring.full(), bytes);
      const unsigned to = slots + ring.at.index * k.slot_bytes;
      if (y >= at.first + R - 1 && y < at.first + at.height)
        cuda::tma_load_evict_first(to, from, bytes, ring.full());
      else
        cuda::tma_load(to, from, bytes, ring.full());
      ring.next();
    }
  }
}

}  // namespace faltung::cuda_depthwise
