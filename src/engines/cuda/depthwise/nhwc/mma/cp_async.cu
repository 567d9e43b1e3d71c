// Window sums with many taps over NHWC tensors of 16-bit elements, on tensor cores: forward, and data gradient with
// stride 1. The kernel is bound by memory. A source row contributes to as many output rows as the filter has rows: it
// is loaded once, and the sums of those output rows stay in registers.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/mma/cp_async.h"
#include "engines/cuda/depthwise/nhwc/mma/products.h"
#include "engines/cuda/depthwise/nhwc/mma/result.h"
#include "engines/cuda/depthwise/nhwc/pixels.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S>
__global__ void __launch_bounds__(mma_chunks * 64, 2)
    nhwc_mma_cp_async(Planes p, Mma k, const T* source, Filter filter, T* target, FinishArgs last) {
  static_assert(sizeof(T) == 2);
  extern __shared__ __align__(128) char stages[];
  constexpr int row_of_results = mma_tiles * mma_strip;
  const int stage_bytes = k.stage_bytes();
  char* results = stages + mma_stages * stage_bytes;
  const MmaBlock block = mma_block(p, k);
  const int pixel = k.by_chunks.quotient(threadIdx.x), pixel_chunk = k.by_chunks.remainder(threadIdx.x, pixel);
  const int rows = block.height + R - 1;
  MmaReader<T> reader(p, k, block, rows, pixel_chunk, pixel);
#pragma unroll 1
  for (int i = 0; i < mma_stages - 1; ++i) reader.read(source, stages);

  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, chunk = warp / 2, half = warp % 2;
  float bias[warp_channels];
  load_bias<T>(last, min(block.first_chunk * mma_channels + warp * warp_channels, p.channels - warp_channels), true,
               bias);
  auto* const filters = reinterpret_cast<unsigned short*>(results);
  FilterCopy<R, S> filter_copy;
  filter_copy.read(filter, block.first_chunk * mma_channels, p.channels);
  filter_copy.write(filters);
  __syncthreads();
  TapMatrices<R> taps;
  load_diagonals<R, S>(filters + warp * warp_channels * R * S, lane, taps);
  __syncthreads();
  const WindowReader window_reader(k, block, lane, chunk, half);
  const int result_at = staged_at(lane / 4, 2 * (lane % 4), chunk) + 8 * half;
  const MmaWriter writer(p, k, block, pixel_chunk, pixel);
  float sums[R - 1][warp_channels][4] = {};
  const auto write = [&](int first, const char* from) {
    writer.template write<T, R, S>(p, k, block, from, first, source, filter, last, target);
  };
  int stage = 0, done = 1 - R,
      other = mma_rows * row_of_results;  // `done`: the output row that the next source row completes
#pragma unroll 1
  for (; done < block.height; done += mma_rows) {
    cuda::wait_for_copies_but<mma_stages - 2>();
    __syncthreads();
    reader.read(source, stages);
    if (done > 0) write(done - mma_rows, results + other);
#pragma unroll
    for (int r = 0; r < mma_rows; ++r) {
      WindowRegisters window;
      window_reader.read(stages + stage + r * reader.row_bytes, window);
      MmaFragments fragments;
      to_fragments(window, false, fragments);
      float finished[warp_channels][4];
      add_products<T, R>(fragments, taps, sums, finished);
      put_results<T>(last, bias, result_at, finished, results + r * row_of_results);
    }
    stage = MmaReader<T>::next_stage(stage, stage_bytes);
    results += other, other = -other;
  }
  __syncthreads();
  write(done - mma_rows, results + other);
}
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_mma_kernel(const Launch& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_mma<T, F>) body(nhwc_mma_cp_async<T, F::h, F::w>, element);
  });
}

}  // namespace

void launch_nhwc_mma_cp_async(const Launch& m, const Work& work) {
  with_mma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<Mma>(), source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

void prepare_nhwc_mma_cp_async(const Launch& m) {
  with_mma_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_mma_bytes); });
}

}  // namespace faltung::cuda_depthwise
