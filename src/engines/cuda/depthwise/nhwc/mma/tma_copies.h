// TMA loads of source boxes and TMA stores of finished rows. One thread of one warp issues the loads, one thread of
// another the stores; their state lives in shared memory because registers are scarce.
#pragma once

#include "engines/cuda/depthwise/nhwc/mma/tma_walk.h"

namespace faltung::cuda_depthwise {

// Origin of a column's box, whose first channel is the block's first.
__device__ __forceinline__ cuda::BoxOrigin box_of(const MmaTma& k, int channel, int column, int y) {
  const int group = k.by_row_parts.quotient(column), part = k.by_row_parts.remainder(column, group);
  return {channel, part * k.tiles_w * mma_columns, group * k.images, y};
}

template <int R>
struct MmaTmaLoads {
  MmaTmaWalk<R> walk;
  cuda::PipelineState ring;

  __device__ __forceinline__ void load(const CUtensorMap& map, const Planes& p, const MmaTma& k,
                                       const MmaTmaPipelines& pipelines, unsigned stages, int channel) {
    cuda::BoxOrigin at = box_of(k, channel, walk.column, walk.row() + R - 1 - p.pad_h);
    at.x -= p.pad_w;
    const unsigned full = pipelines.stages.full(ring.index);
    cuda::mbarrier_arrive_expect_tx(full, k.stage_bytes);
    cuda::tma_load_box(stages + ring.index * k.stage_bytes, map, full, at);
    ring.next(mma_tma_stages);
    walk.next(k);
  }
  __device__ __forceinline__ void fill(const CUtensorMap& map, const Planes& p, const MmaTma& k,
                                       const MmaTmaPipelines& pipelines, unsigned stages, int channel) {
    ring = {0, 0};
    for (int i = 0; i < mma_tma_stages && walk.more(); ++i) load(map, p, k, pipelines, stages, channel);
    ring.phase = 0;
  }
  // Loads into the oldest stage once all warps have read it.
  __device__ __forceinline__ void refill(const CUtensorMap& map, const Planes& p, const MmaTma& k,
                                         const MmaTmaPipelines& pipelines, unsigned stages, int channel) {
    MmaTmaLoads now = *this;  // a copy in registers
    if (!now.walk.more()) return;
    cuda::mbarrier_wait(pipelines.stages.empty(now.ring.index), now.ring.phase);
    now.load(map, p, k, pipelines, stages, channel);
    *this = now;
  }
};

// A step's rows are stored one step after the storing warp has put its part, when the other warps have put theirs.
struct MmaTmaStores {
  cuda::PipelineState ring;
  int column, row, waiting, freed;

  __device__ __forceinline__ void begin() { ring = {0, 0}, waiting = 0, freed = -1; }
  __device__ __forceinline__ void store(const CUtensorMap& map, const Planes& p, const MmaTma& k,
                                        const MmaTmaPipelines& pipelines, unsigned results, int channel) {
    const MmaTmaStores now = *this;  // a copy in registers
    if (!now.waiting) return;
    const unsigned from = results + now.ring.index * k.results_bytes();
    const cuda::BoxOrigin first = box_of(k, channel, now.column, now.row);
    cuda::mbarrier_wait(pipelines.results.full(now.ring.index), now.ring.phase);
#pragma unroll
    for (int r = 0; r < mma_tma_rows; ++r)
      if (now.row + r < p.target_h)
        cuda::tma_store_box(from + r * (k.results_bytes() / mma_tma_rows), map,
                            {first.channel, first.x, first.image, now.row + r});
    cuda::tma_commit();
    cuda::tma_wait_earlier_reads();
    if (now.freed >= 0) cuda::mbarrier_arrive(pipelines.results.empty(now.freed));
    freed = now.ring.index;
    ring.next(mma_tma_results);
  }
  __device__ __forceinline__ void put(int of_column, int first_row) {
    column = of_column, row = first_row, waiting = 1;
  }
};

}  // namespace faltung::cuda_depthwise
