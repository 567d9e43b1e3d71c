// Data gradients with stride 2 over images that lie channel by channel. Each source row q takes part in the target rows
// 2q − pad + r; a thread walks down a strip of q with the sums of those, two done with each row. Columns likewise:
// source column q gives 2q − pad and 2q + 1 − pad, which take the taps of their parity.
#pragma once

#include "engines/cuda/depthwise/lanes_window.h"

namespace faltung::cuda_depthwise {

// sums[k][parity]: the rows 2(q + k) + parity. Each row of the source moves them on: sums[k] begins with sums[k + 1].
// q counts from the strip's first; pairs above and below the strip are left alone.
template <int R, int S, int Count, int Columns, int V, int Window, class Sum>
__device__ __forceinline__ void spread_row(int q, int height, const Sum (&y)[Window][V], const Sum (&w)[R][S][V],
                                           const Sum (&bias)[V], Sum (&sums)[Count][2][2 * Columns][V]) {
  constexpr int back = Window - Columns;
#pragma unroll
  for (int k = 0; k < Count; ++k) {
    if (static_cast<unsigned>(q + k) >= static_cast<unsigned>(height)) continue;
#pragma unroll
    for (int parity = 0; parity < 2; ++parity) {
      const int r = 2 * k + parity;
#pragma unroll
      for (int j = 0; j < 2 * Columns; ++j)
#pragma unroll
        for (int v = 0; v < V; ++v) {
          Sum sum = k + 1 < Count ? sums[k + 1][parity][j][v] : bias[v];
#pragma unroll
          for (int s = j % 2; s < S; s += 2)
            if (r < R) sum += y[j / 2 + back - s / 2][v] * w[r < R ? r : 0][s][v];
          sums[k][parity][j][v] = sum;
        }
    }
  }
}

template <class T, int R, int S, int Columns, int V, int Blocks>
__global__ void __launch_bounds__(lanes_threads, Blocks)
    lanes_spread(Planes p, Lanes l, const T* source, Filter filter, T* target, After last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int count = (R + 1) / 2, window = Columns + (S + 1) / 2 - 1;
  extern __shared__ __align__(16) unsigned char memory[];
  const Share share = share_of(l, blockIdx.x);
  const int channel = share.pack * V;
  const Tile tile = tile_of(l, share.any ? share.first_tile : 0);
  const int first = share.strip * l.rows, end = first + l.rows;
  const int row = max(0, first - (count - 1)), end_row = min(end, p.source_h);
  RowReader<T, window, V> reader(source + static_cast<std::int64_t>(tile.image) * p.source_h * p.source_w * p.channels,
                                 p.source_w, p.channels, channel, row, share.any ? end_row : 0,
                                 tile.w * Columns - (window - Columns));
  cuda::Packed<T, V> ahead[window];
  reader.read(ahead);
  Sum w[R][S][V], bias[V];
  load_bias<T>(last, channel, share.any, bias);
  load_filter<T>(reinterpret_cast<Sum*>(memory), l, share, p.channels, filter, w);
  if (!share.any) return;

  Sum sums[count][2][2 * Columns][V];
#pragma unroll
  for (int i = 0; i < count * 4 * Columns * V; ++i)
    sums[i / V / Columns / 4][i / V / Columns / 2 % 2][i / V % (2 * Columns)][i % V] = bias[i % V];
  const int column = tile.w * Columns * 2 - p.pad_w;
  const std::int64_t next_row = static_cast<std::int64_t>(p.target_w) * p.channels;
  int q = row;
  T* to = target +
          ((static_cast<std::int64_t>(tile.image) * p.target_h + 2 * q - p.pad_h) * p.target_w + column) * p.channels +
          channel;
  const auto put = [&] {
#pragma unroll
    for (int parity = 0; parity < 2; ++parity) {
      const int h = 2 * q + parity - p.pad_h;
      if (q >= first && h >= 0 && h < p.target_h) {
        activate_packs(last, sums[0][parity]);
#pragma unroll
        for (int j = 0; j < 2 * Columns; ++j)
          if (column + j >= 0 && column + j < p.target_w) cuda::store_pack(to + j * p.channels, sums[0][parity][j]);
      }
      to += next_row;
    }
    ++q;
  };
  while (q < end_row) {
    Sum y[window][V];
    unpack(ahead, y);
    reader.read(ahead);
    spread_row<R, S, count, Columns>(q - first, l.rows, y, w, bias, sums);
    put();
  }
  while (q < end) {  // below the image
#pragma unroll
    for (int k = 0; k < count; ++k)
#pragma unroll
      for (int i = 0; i < 4 * Columns * V; ++i) {
        Sum& sum = sums[k][i / V / Columns / 2][i / V % (2 * Columns)][i % V];
        sum = k + 1 < count ? sums[k + 1][i / V / Columns / 2][i / V % (2 * Columns)][i % V] : bias[i % V];
      }
    put();
  }
}

}  // namespace faltung::cuda_depthwise
