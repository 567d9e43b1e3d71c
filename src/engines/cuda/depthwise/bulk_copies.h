// Boxes of source rows to shared memory and boxes of finished rows from there. One thread of a warp orders the first,
// one of another warp the second; what they know lies in shared memory, as registers are short.
#pragma once

#include "engines/cuda/depthwise/bulk_walk.h"

namespace faltung::cuda_depthwise {

// Where a column's box begins: its channel is the block's first.
__device__ __forceinline__ cuda::BoxPlace box_of(const Bulk& k, int channel, int column, int y) {
  const int group = k.by_parts.quotient(column), part = k.by_parts.remainder(column, group);
  return {channel, part * k.tiles_w * matrix_columns, group * k.images, y};
}

template <int R>
struct BulkLoads {
  BulkWalk<R> walk;
  RingPlace<bulk_stages> ring;

  __device__ __forceinline__ void load(const CUtensorMap& map, const Planes& p, const Bulk& k,
                                       const BulkBarriers& barriers, unsigned stages, int channel) {
    cuda::BoxPlace at = box_of(k, channel, walk.column, walk.row() + R - 1 - p.pad_h);
    at.x -= p.pad_w;
    const unsigned full = barriers.full + 8 * ring.at;
    cuda::arrive_and_expect(full, k.stage_bytes);
    cuda::load_box(stages + ring.at * k.stage_bytes, map, full, at);
    ring.next();
    walk.next(k);
  }
  __device__ __forceinline__ void fill(const CUtensorMap& map, const Planes& p, const Bulk& k,
                                       const BulkBarriers& barriers, unsigned stages, int channel) {
    ring = {0, 0};
    for (int i = 0; i < bulk_stages && walk.more(); ++i) load(map, p, k, barriers, stages, channel);
    ring.odd = 0;
  }
  // To the stage that was read longest ago.
  __device__ __forceinline__ void refill(const CUtensorMap& map, const Planes& p, const Bulk& k,
                                         const BulkBarriers& barriers, unsigned stages, int channel) {
    BulkLoads now = *this;  // in registers, meanwhile
    if (!now.walk.more()) return;
    cuda::wait(barriers.empty + 8 * now.ring.at, now.ring.odd);
    now.load(map, p, k, barriers, stages, channel);
    *this = now;
  }
};

// Rows are written a step after they were put, when the other warps have put theirs, too.
struct BulkStores {
  RingPlace<bulk_results> ring;
  int column, row, waiting, freed;

  __device__ __forceinline__ void begin() { ring = {0, 0}, waiting = 0, freed = -1; }
  __device__ __forceinline__ void store(const CUtensorMap& map, const Planes& p, const Bulk& k,
                                        const BulkBarriers& barriers, unsigned results, int channel) {
    const BulkStores now = *this;  // in registers, meanwhile
    if (!now.waiting) return;
    const unsigned from = results + now.ring.at * k.results_bytes();
    const cuda::BoxPlace first = box_of(k, channel, now.column, now.row);
    cuda::wait(barriers.done + 8 * now.ring.at, now.ring.odd);
#pragma unroll
    for (int r = 0; r < bulk_rows; ++r)
      if (now.row + r < p.target_h)
        cuda::store_box(from + r * (k.results_bytes() / bulk_rows), map,
                        {first.channel, first.x, first.image, now.row + r});
    cuda::commit_boxes();
    cuda::wait_for_earlier_reads();
    if (now.freed >= 0) cuda::arrive(barriers.free + 8 * now.freed);
    freed = now.ring.at;
    ring.next();
  }
  __device__ __forceinline__ void put(int of_column, int first_row) {
    column = of_column, row = first_row, waiting = 1;
  }
};

}  // namespace faltung::cuda_depthwise
