// Window sums with many taps over images of 16-bit numbers that lie channel by channel, as products on tensor cores:
// forward, and data gradient with stride 1. What is left to wait for is memory. A row of the source takes part in as
// many rows of outputs as the filter has rows: it is staged once, and the sums of those rows stay in registers.
#pragma once

#include "engines/cuda/depthwise/lanes.h"
#include "engines/cuda/depthwise/matrix_products.h"
#include "engines/cuda/depthwise/matrix_result.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S>
__global__ void __launch_bounds__(matrix_chunks * 64, 2)
    lanes_matrix(Planes p, Matrix k, const T* source, Filter filter, T* target, After last) {
  static_assert(sizeof(T) == 2);
  extern __shared__ __align__(128) char stages[];
  constexpr int row_of_results = matrix_tiles * matrix_strip;
  const int stage_bytes = k.stage_bytes();
  char* results = stages + matrix_stages * stage_bytes;
  const MatrixShare share = matrix_share(p, k);
  const int pixel = k.by_chunks.quotient(threadIdx.x), pixel_chunk = k.by_chunks.remainder(threadIdx.x, pixel);
  const int rows = share.height + R - 1;
  MatrixReader<T> reader(p, k, share, rows, pixel_chunk, pixel);
#pragma unroll 1
  for (int i = 0; i < matrix_stages - 1; ++i) reader.read(source, stages);

  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, chunk = warp / 2, half = warp % 2;
  float bias[warp_channels];
  load_bias<T>(last, min(share.first_chunk * matrix_channels + warp * warp_channels, p.channels - warp_channels), true,
               bias);
  auto* const filters = reinterpret_cast<unsigned short*>(results);
  FilterCopy<R, S> filter_copy;
  filter_copy.read(filter, share.first_chunk * matrix_channels, p.channels);
  filter_copy.write(filters);
  __syncthreads();
  TapMatrices<R> taps;
  load_diagonals<R, S>(filters + warp * warp_channels * R * S, lane, taps);
  __syncthreads();
  const WindowReader window_reader(k, share, lane, chunk, half);
  const int result_at = staged_at(lane / 4, 2 * (lane % 4), chunk) + 8 * half;
  const MatrixWriter writer(p, k, share, pixel_chunk, pixel);
  float sums[R - 1][warp_channels][4] = {};
  const auto write = [&](int first, const char* from) {
    writer.template write<T, R, S>(p, k, share, from, first, source, filter, last, target);
  };
  int stage = 0, done = 1 - R, other = matrix_rows * row_of_results;  // `done`: the output that the next row completes
#pragma unroll 1
  for (; done < share.height; done += matrix_rows) {
    cuda::wait_for_copies_but<matrix_stages - 2>();
    __syncthreads();
    reader.read(source, stages);
    if (done > 0) write(done - matrix_rows, results + other);
#pragma unroll
    for (int r = 0; r < matrix_rows; ++r) {
      Window window;
      window_reader.read(stages + stage + r * reader.row_bytes, window);
      MmaFragments fragments;
      to_fragments(window, false, fragments);
      float finished[warp_channels][4];
      add_products<T, R>(fragments, taps, sums, finished);
      put_results<T>(last, bias, result_at, finished, results + r * row_of_results);
    }
    stage = MatrixReader<T>::next_stage(stage, stage_bytes);
    results += other, other = -other;
  }
  __syncthreads();
  write(done - matrix_rows, results + other);
}

}  // namespace faltung::cuda_depthwise
