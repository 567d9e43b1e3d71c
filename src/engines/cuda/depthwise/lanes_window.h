// Window sums over images that lie channel by channel: forward, and data gradient with stride 1. A thread walks down a
// strip with the sums of the outputs that its rows of the source take part in.
#pragma once

#include "engines/cuda/depthwise/lanes.h"

namespace faltung::cuda_depthwise {

// Sums of Count outputs below each other, the last the one that is done next. With a row of the source each of them
// gets a row of taps, and the first row of a step moves them on: sums[k] begins with sums[k − 1]. The newest is output
// `newest` of a strip; those above and below the strip are left alone.
template <int R, int S, int Stride, int Phase, int Count, int Columns, int V, int Window, class Sum>
__device__ __forceinline__ void add_row(int newest, int height, const Sum (&x)[Window][V], const Sum (&w)[R][S][V],
                                        const Sum (&bias)[V], Sum (&sums)[Count][Columns][V]) {
#pragma unroll
  for (int k = Count - 1; k >= 0; --k) {
    const int r = k * Stride + Phase;
    if (r >= R || static_cast<unsigned>(newest - k) >= static_cast<unsigned>(height)) continue;
#pragma unroll
    for (int j = 0; j < Columns; ++j)
#pragma unroll
      for (int v = 0; v < V; ++v) {
        Sum sum = Phase > 0 ? sums[k][j][v] : k > 0 ? sums[k - 1][j][v] : bias[v];
#pragma unroll
        for (int s = 0; s < S; ++s) sum += x[j * Stride + s][v] * w[r < R ? r : 0][s][v];
        sums[k][j][v] = sum;
      }
  }
}

template <class T, int Columns, int V, class Sum>
__device__ __forceinline__ void store_packs(T* to, int channels, int columns, const Sum (&sums)[Columns][V]) {
#pragma unroll
  for (int j = 0; j < Columns; ++j)
    if (j < columns) cuda::store_pack(to + j * channels, sums[j]);
}

template <class T, int R, int S, int Stride, int Columns, int V, int Ahead, int Blocks>
__global__ void __launch_bounds__(lanes_threads, Blocks)
    lanes_window(Planes p, Lanes l, const T* source, Filter filter, T* target, After last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int window = (Columns - 1) * Stride + S, count = (R + Stride - 1) / Stride;
  constexpr int steps = Ahead > Stride ? Ahead / Stride : 1;  // of a turn: rows under way are told apart by name
  extern __shared__ __align__(16) unsigned char memory[];
  const Share share = share_of(l, blockIdx.x);
  const int channel = share.pack * V;
  const Tile tile = tile_of(l, share.any ? share.first_tile : 0);
  const int first = share.strip * l.rows, height = min(l.rows, p.target_h - first);
  // Steps wholly above the image are skipped while no output is done.
  const int skip = min(count - 1, max(0, p.pad_h - first * Stride) / Stride);
  const int row = (first + skip) * Stride - p.pad_h,
            end_row = min(p.source_h, (first + height - 1) * Stride - p.pad_h + R);
  RowReader<T, window, V> reader(source + static_cast<std::int64_t>(tile.image) * p.source_h * p.source_w * p.channels,
                                 p.source_w, p.channels, channel, row, share.any ? end_row : 0,
                                 tile.w * Columns * Stride - p.pad_w);
  cuda::Packed<T, V> ahead[Ahead][window];
#pragma unroll
  for (int a = 0; a < Ahead; ++a) reader.read(ahead[a]);
  Sum w[R][S][V], bias[V];
  load_bias<T>(last, channel, share.any, bias);
  load_filter<T>(reinterpret_cast<Sum*>(memory), l, share, p.channels, filter, w);
  if (!share.any) return;

  Sum sums[count][Columns][V];
#pragma unroll
  for (int k = 0; k < count; ++k)
#pragma unroll
    for (int j = 0; j < Columns; ++j)
#pragma unroll
      for (int v = 0; v < V; ++v) sums[k][j][v] = bias[v];
  const int columns = p.target_w - tile.w * Columns;
  const std::int64_t next_row = static_cast<std::int64_t>(p.target_w) * p.channels;
  int newest = skip;  // of the strip's outputs; one is done in each step
  T* to = target +
          ((static_cast<std::int64_t>(tile.image) * p.target_h + first + skip - (count - 1)) * p.target_w +
           tile.w * Columns) *
              p.channels +
          channel;
  const auto put = [&] {
    if (newest >= count - 1 && newest - (count - 1) < height) {
      activate_packs(last, sums[count - 1]);
      store_packs<T>(to, p.channels, columns, sums[count - 1]);
    }
    ++newest, to += next_row;
  };
  for (int now = row; now < end_row; now += steps * Stride) {
#pragma unroll
    for (int step = 0; step < steps; ++step) {
      Sum x[window][V];
      unpack(ahead[step * Stride % Ahead], x);
      reader.read(ahead[step * Stride % Ahead]);
      add_row<R, S, Stride, 0>(newest, height, x, w, bias, sums);
      if constexpr (Stride == 2) {
        unpack(ahead[(step * Stride + 1) % Ahead], x);
        reader.read(ahead[(step * Stride + 1) % Ahead]);
        add_row<R, S, Stride, 1>(newest, height, x, w, bias, sums);
      }
      put();
    }
  }
  while (newest - (count - 1) < height) {  // below the image
#pragma unroll
    for (int k = count - 1; k >= 0; --k)
#pragma unroll
      for (int j = 0; j < Columns; ++j)
#pragma unroll
        for (int v = 0; v < V; ++v) sums[k][j][v] = k > 0 ? sums[k - 1][j][v] : bias[v];
    put();
  }
}

}  // namespace faltung::cuda_depthwise
