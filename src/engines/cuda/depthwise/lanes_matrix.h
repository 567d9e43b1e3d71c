// Window sums with many taps over images of 16-bit numbers that lie channel by channel: forward, and data gradient with
// stride 1. For one channel and one row of the filter, eight neighbouring outputs are sixteen neighbours of the source
// times a matrix that has the taps along its diagonals. So tensor cores can do them, sixteen such tiles at once, and
// what is left to wait for is memory. A row of the source takes part in as many rows of outputs as the filter has rows:
// it is staged once, and the sums of those rows stay in registers.
#pragma once

#include "engines/cuda/depthwise/lanes.h"
#include "engines/cuda/depthwise/matrix_result.h"
#include "kernels/cuda/tensor_cores.h"

namespace faltung::cuda_depthwise {

inline constexpr int before = matrix_columns - 1;  // zeros before a filter's row

// The taps along the diagonals of a matrix: element (i, j) is tap i − j.
__device__ __forceinline__ void load_diagonals(const unsigned short* taps, int lane, unsigned (&to)[2]) {
  const unsigned short* const first = taps + before + 2 * (lane % 4) - lane / 4;
#pragma unroll
  for (int part = 0; part < 2; ++part) to[part] = first[8 * part] | static_cast<unsigned>(first[8 * part + 1]) << 16;
}

// The filters of the block's channels, then each lane's part of their matrices.
template <class T, int R, int S>
__device__ __forceinline__ void load_matrices(unsigned short* shared, const Planes& p, const Matrix& k,
                                              const MatrixShare& share, const Filter& filter, int channel, int lane,
                                              unsigned (&taps)[warp_channels][R][2]) {
  const int count = k.chunks * matrix_channels * R;  // of rows
  const auto* const data = static_cast<const unsigned short*>(filter.data);
#pragma unroll 2
  for (int i = threadIdx.x; i < count * (tap_pitch / 8); i += blockDim.x) {
    const int line = i / (tap_pitch / 8), part = i % (tap_pitch / 8), r = line % R;
    const int c = min(share.first_chunk * matrix_channels + line / R, p.channels - 1);
    unsigned short eight[8];
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const int s = part * 8 + j - before;
      eight[j] = 0;
      if (s >= 0 && s < S) eight[j] = data[c * filter.channel + r * filter.r + s * filter.s];
    }
    std::memcpy(shared + 8 * i, eight, sizeof eight);
  }
  __syncthreads();
#pragma unroll
  for (int v = 0; v < warp_channels; ++v)
#pragma unroll
    for (int r = 0; r < R; ++r) load_diagonals(shared + ((channel + v) * R + r) * tap_pitch, lane, taps[v][r]);
  __syncthreads();
}

// sums[k] begins with sums[k − 1]: the sums of a row of outputs move on as rows of the source are read.
template <class T, int R>
__device__ __forceinline__ void add_products(const Window& window, const unsigned (&taps)[warp_channels][R][2],
                                             float (&sums)[R][warp_channels][4]) {
  const auto &low = window.low, &high = window.high;
  const float none[4] = {0, 0, 0, 0};
#pragma unroll
  for (int v = 0; v < warp_channels; ++v) {
    const unsigned halves = v % 2 == 0 ? 0x5410 : 0x7632;  // of two pixels' pairs of channels: the two pixels of one
    const unsigned a[4] = {
        __byte_perm(low[0][v / 2], low[1][v / 2], halves), __byte_perm(high[0][v / 2], high[1][v / 2], halves),
        __byte_perm(low[2][v / 2], low[3][v / 2], halves), __byte_perm(high[2][v / 2], high[3][v / 2], halves)};
#pragma unroll
    for (int r = R - 1; r > 0; --r) cuda::multiply_tiles<T>(a, taps[v][r], sums[r - 1][v], sums[r][v]);
    cuda::multiply_tiles<T>(a, taps[v][0], none, sums[0][v]);
  }
}

template <class T, int R, int S>
__global__ void __launch_bounds__(matrix_chunks * 64, 2)
    lanes_matrix(Planes p, Matrix k, const T* source, Filter filter, T* target, After last) {
  static_assert(sizeof(T) == 2 && S <= matrix_widest);
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
  unsigned taps[warp_channels][R][2];
  load_matrices<T, R, S>(reinterpret_cast<unsigned short*>(results), p, k, share, filter, warp * warp_channels, lane,
                         taps);
  const WindowReader window_reader(k, share, lane, chunk, half);
  const int result_at = staged_at(lane / 4, 2 * (lane % 4), chunk) + 8 * half;
  const MatrixWriter writer(p, k, share, pixel_chunk, pixel);
  float sums[R][warp_channels][4] = {};
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
      add_products<T, R>(window, taps, sums);
      put_results<T>(last, bias, result_at, sums[R - 1], results + r * row_of_results);
    }
    stage = MatrixReader<T>::next_stage(stage, stage_bytes);
    results += other, other = -other;
  }
  __syncthreads();
  write(done - matrix_rows, results + other);
}

}  // namespace faltung::cuda_depthwise
