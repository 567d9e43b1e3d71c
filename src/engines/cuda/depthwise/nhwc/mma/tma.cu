// Window sums with many taps over NHWC tensors of 16-bit elements, on tensor cores, with TMA for loading the source and
// storing the results, which leaves the warps to the MMAs. Warps wait only for full stages and free result buffers,
// never for each other.
#include "device/cuda/code/tensor_map.h"
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/mma/products.h"
#include "engines/cuda/depthwise/nhwc/mma/tma.h"
#include "engines/cuda/depthwise/nhwc/mma/tma_copies.h"
#include "engines/cuda/depthwise/nhwc/mma/tma_lane.h"
#include "engines/cuda/depthwise/nhwc/pixels.h"

namespace faltung::cuda_depthwise {

// Releases a stage once the warp's fragments are in registers.
__device__ __forceinline__ void leave_stage(const MmaFragments& fragments, unsigned empty, int lane) {
#pragma unroll
  for (int v = 0; v < warp_channels; ++v)
    asm volatile("" ::"r"(fragments[v][0]), "r"(fragments[v][1]), "r"(fragments[v][2]), "r"(fragments[v][3]));
  __syncwarp();
  if (lane == 0) cuda::mbarrier_arrive(empty);
}

template <int N>
__device__ __forceinline__ void clear(float (&sums)[N][warp_channels][4]) {
#pragma unroll
  for (int i = 0; i < N * warp_channels * 4; ++i) sums[i / (warp_channels * 4)][i / 4 % warp_channels][i % 4] = 0;
}

template <class T, int R, int S, int Channels>
__global__ void __launch_bounds__(Channels * 8, 32 / Channels)
    nhwc_mma_tma(const __grid_constant__ CUtensorMap source_map, const __grid_constant__ CUtensorMap target_map,
                 const __grid_constant__ Planes p, const __grid_constant__ MmaTma k, const T* source,
                 const __grid_constant__ Filter filter, const __grid_constant__ FinishArgs last) {
  static_assert(sizeof(T) == 2);
  using Lane = MmaTmaLane<Channels>;
  extern __shared__ __align__(1024) char results_and_stages[];
  __shared__ unsigned long long barrier_words[MmaTmaPipelines::barriers];
  __shared__ MmaTmaLoads<R> loads;
  __shared__ MmaTmaStores stores;
  const int rank = k.by_groups.quotient(blockIdx.x);
  const int first_channel = k.by_groups.remainder(blockIdx.x, rank) * Channels;
  MmaTmaWalk<R> walk = MmaTmaWalk<R>::of(k, first_step(k, rank), first_step(k, rank + 1));
  if (!walk.more()) return;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, channel = first_channel + warp * warp_channels;
  const unsigned results = cuda::shared_address(results_and_stages);
  const unsigned stages = results + mma_tma_results * Lane::step;
  const MmaTmaPipelines pipelines(barrier_words);
  FilterCopy<R, S> filter_copy;
  filter_copy.read(filter, first_channel, p.channels);
  if (threadIdx.x == 0) {
    pipelines.init(Channels / warp_channels);
    stores.begin();
    loads.walk = walk;
    loads.fill(source_map, p, k, pipelines, stages, first_channel);
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
  cuda::PipelineState stage{0, 0};
  cuda::PipelineState result{0, 0};
  bool begun = false;
  WindowRegisters window;
  cuda::mbarrier_wait(pipelines.stages.full(0), 0);
  mine.read(0, window);
#pragma unroll 1
  while (walk.more()) {
    if (warp == 0) {
      if (lane == 0 && begun) loads.refill(source_map, p, k, pipelines, stages, first_channel);
      __syncwarp();
    }
    begun = true;
    cuda::mbarrier_wait(pipelines.results.empty(result.index), result.phase ^ 1);
    unsigned nan = 0;
#pragma unroll
    for (int r = 0; r < mma_tma_rows; ++r) {
      MmaFragments fragments;
      to_fragments(window, mine.swapped, fragments);
      if (r + 1 < mma_tma_rows) {
        mine.read(stage.index * k.stage_bytes + (r + 1) * k.row_bytes, window);
      } else {
        leave_stage(fragments, pipelines.stages.empty(stage.index), lane);
        stage.next(mma_tma_stages);
        if (!walk.is_last()) cuda::mbarrier_wait(pipelines.stages.full(stage.index), stage.phase);
        mine.read(stage.index * k.stage_bytes,
                  window);  // after the last step the stage holds stale data that is never used
      }
      float finished[warp_channels][4];
      add_products<T, R>(fragments, taps, sums, finished);
      put_row<T>(mine, result.index * Lane::step + r * Lane::row, bias, finished, nan);
    }
    if (walk.finishes()) {
      if ((nan & 0x7fff7fff) != 0)
        recompute_step<T, R, S>(mine, result.index * Lane::step, box_of(k, channel, walk.column, walk.row()), p, k,
                                source, filter, last);
      cuda::fence_async_proxy();
      __syncwarp();
      if (lane == 0) cuda::mbarrier_arrive(pipelines.results.full(result.index));
      result.next(mma_tma_results);
      if (warp == 1) {
        if (lane == 0) {
          stores.store(target_map, p, k, pipelines, results, first_channel);
          stores.put(walk.column, walk.row());
        }
        __syncwarp();
      }
    }
    if (walk.next(k)) clear(sums);
  }
  if (warp == 1 && lane == 0) {
    stores.store(target_map, p, k, pipelines, results, first_channel);
    cuda::tma_wait_reads();
  }
}
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_mma_tma_kernel(const Launch& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_mma<T, F>) {
      if (m.as<MmaTma>().channels == 16)
        body(nhwc_mma_tma<T, F::h, F::w, 16>, element);
      else
        body(nhwc_mma_tma<T, F::h, F::w, 32>, element);
    }
  });
}

// The row axis comes after the image axis, so that a box holds the same row of all its images next to each other.
CUtensorMap map_of(const void* data, const Launch& m, int height, int width, int box_width, int box_height) {
  const auto size = [](int value) { return static_cast<std::uint64_t>(value); };
  const auto length = [](int value) { return static_cast<std::uint32_t>(value); };
  const std::uint64_t pixel = 2 * size(m.planes.channels), row = pixel * size(width);
  return cuda::tensor_map(
      {.data = data,
       .extents = {size(m.planes.channels), size(width), size(m.planes.batch), size(height)},
       .strides = {pixel, row * size(height), row},
       .box = {length(m.as<MmaTma>().channels), length(box_width), length(m.as<MmaTma>().images), length(box_height)},
       .swizzle = m.as<MmaTma>().channels == 16 ? CU_TENSOR_MAP_SWIZZLE_32B : CU_TENSOR_MAP_SWIZZLE_64B});
}

}  // namespace

void launch_nhwc_mma_tma(const Launch& m, const Work& work) {
  const Planes& p = m.planes;
  const CUtensorMap source = map_of(work.source, m, p.source_h, p.source_w, m.as<MmaTma>().staged(), mma_tma_rows);
  const CUtensorMap target = map_of(work.target, m, p.target_h, p.target_w, m.as<MmaTma>().tiles_w * mma_columns, 1);
  with_mma_tma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(source, target, p, m.as<MmaTma>(), source_of<T>(work),
                                                                 work.filter, work.finish);
  });
}

void prepare_nhwc_mma_tma(const Launch& m) {
  cuda::require_tensor_maps();
  with_mma_tma_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_mma_tma_bytes); });
}

}  // namespace faltung::cuda_depthwise
