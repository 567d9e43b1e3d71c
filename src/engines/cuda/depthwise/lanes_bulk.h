// Window sums with many taps over images of 16-bit numbers that lie channel by channel, as products on tensor cores,
// where the tensor memory accelerator reads the source and writes the results: that leaves the warps to the products. A
// warp waits for rows and for room only, never for the other warps' step.
#pragma once

#include "engines/cuda/depthwise/bulk_copies.h"
#include "engines/cuda/depthwise/bulk_lane.h"
#include "engines/cuda/depthwise/lanes.h"
#include "engines/cuda/depthwise/matrix_products.h"

namespace faltung::cuda_depthwise {

// The warp has read the stage: its fragments are there.
__device__ __forceinline__ void leave_stage(const MmaFragments& fragments, unsigned empty, int lane) {
#pragma unroll
  for (int v = 0; v < warp_channels; ++v)
    asm volatile("" ::"r"(fragments[v][0]), "r"(fragments[v][1]), "r"(fragments[v][2]), "r"(fragments[v][3]));
  __syncwarp();
  if (lane == 0) cuda::arrive(empty);
}

template <int N>
__device__ __forceinline__ void clear(float (&sums)[N][warp_channels][4]) {
#pragma unroll
  for (int i = 0; i < N * warp_channels * 4; ++i) sums[i / (warp_channels * 4)][i / 4 % warp_channels][i % 4] = 0;
}

template <class T, int R, int S, int Channels>
__global__ void __launch_bounds__(Channels * 8, 32 / Channels)
    lanes_bulk(const __grid_constant__ CUtensorMap source_map, const __grid_constant__ CUtensorMap target_map,
               const __grid_constant__ Planes p, const __grid_constant__ Bulk k, const T* source,
               const __grid_constant__ Filter filter, const __grid_constant__ After last) {
  static_assert(sizeof(T) == 2);
  using Lane = BulkLane<Channels>;
  extern __shared__ __align__(1024) char results_and_stages[];
  __shared__ unsigned long long barrier_words[BulkBarriers::count];
  __shared__ BulkLoads<R> loads;
  __shared__ BulkStores stores;
  const int sharer = k.by_groups.quotient(blockIdx.x);
  const int first_channel = k.by_groups.remainder(blockIdx.x, sharer) * Channels;
  BulkWalk<R> walk = BulkWalk<R>::of(k, first_step(k, sharer), first_step(k, sharer + 1));
  if (!walk.more()) return;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, channel = first_channel + warp * warp_channels;
  const unsigned results = cuda::shared_address(results_and_stages);
  const unsigned stages = results + bulk_results * Lane::step;
  const BulkBarriers barriers(barrier_words);
  FilterCopy<R, S> filter_copy;
  filter_copy.read(filter, first_channel, p.channels);
  if (threadIdx.x == 0) {
    barriers.begin(Channels / warp_channels);
    stores.begin();
    loads.walk = walk;
    loads.fill(source_map, p, k, barriers, stages, first_channel);
  }
  auto* const filters = reinterpret_cast<unsigned short*>(results_and_stages);
  filter_copy.write(filters);
  float bias[warp_channels];
  load_bias<T>(last, min(channel, p.channels - warp_channels), true, bias);
  __syncthreads();
  TapMatrices<R> taps;
  load_diagonals<R, S>(filters + warp * warp_channels * R * S, lane, taps);
  __syncthreads();

  const Lane mine(k, stages, results, warp, lane);
  float sums[R - 1][warp_channels][4] = {};
  RingPlace<bulk_stages> stage{0, 0};
  RingPlace<bulk_results> result{0, 0};
  bool begun = false;
  Window window;
  cuda::wait(barriers.full, 0);
  mine.read(0, window);
#pragma unroll 1
  while (walk.more()) {
    if (warp == 0) {
      if (lane == 0 && begun) loads.refill(source_map, p, k, barriers, stages, first_channel);
      __syncwarp();
    }
    begun = true;
    cuda::wait(barriers.free + 8 * result.at, result.odd ^ 1);
    unsigned nan = 0;
#pragma unroll
    for (int r = 0; r < bulk_rows; ++r) {
      MmaFragments fragments;
      to_fragments(window, mine.swapped, fragments);
      if (r + 1 < bulk_rows) {
        mine.read(stage.at * k.stage_bytes + (r + 1) * k.row_bytes, window);
      } else {
        leave_stage(fragments, barriers.empty + 8 * stage.at, lane);
        stage.next();
        if (!walk.is_last()) cuda::wait(barriers.full + 8 * stage.at, stage.odd);
        mine.read(stage.at * k.stage_bytes, window);  // of the last step's, whatever lies there: nobody uses it
      }
      float finished[warp_channels][4];
      add_products<T, R>(fragments, taps, sums, finished);
      put_row<T>(mine, result.at * Lane::step + r * Lane::row, bias, finished, nan);
    }
    if (walk.finishes()) {
      if ((nan & 0x7fff7fff) != 0)
        mend_step<T, R, S>(mine, result.at * Lane::step, box_of(k, channel, walk.column, walk.row()), p, k, source,
                           filter, last);
      cuda::show_writes();
      __syncwarp();
      if (lane == 0) cuda::arrive(barriers.done + 8 * result.at);
      result.next();
      if (warp == 1) {
        if (lane == 0) {
          stores.store(target_map, p, k, barriers, results, first_channel);
          stores.put(walk.column, walk.row());
        }
        __syncwarp();
      }
    }
    if (walk.next(k)) clear(sums);
  }
  if (warp == 1 && lane == 0) {
    stores.store(target_map, p, k, barriers, results, first_channel);
    cuda::wait_for_reads();
  }
}

}  // namespace faltung::cuda_depthwise
