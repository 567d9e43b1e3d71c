// Window sums over images that lie channel by channel: forward, and data gradient with stride 1.
#pragma once

#include "engines/cuda/depthwise/lanes.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S, int Stride, int Rows, int Columns, int V>
__global__ void __launch_bounds__(128, Rows* Columns* V + R * S > 64 ? 3 : 4)
    lanes_window(Planes p, Lanes l, const T* source, Filter filter, T* target, After last) {
  using Sum = typename SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const weights = reinterpret_cast<Sum*>(memory);
  stage_filter<T, R, S, V>(weights, l, p.channels, filter);
  const Share share = share_of(l);
  if (!share.any) return;
  const int channel = share.pack * V, wide = l.lanes * V;

  for (int number = share.first_tile; number < share.end_tile; ++number) {
    const Tile tile = tile_of(l, number);
    const int row = tile.h * Rows * Stride - p.pad_h, column = tile.w * Columns * Stride - p.pad_w;
    constexpr int window = (Columns - 1) * Stride + S;
    unsigned inside = 0;
#pragma unroll
    for (int c = 0; c < window; ++c) inside |= (column + c >= 0 && column + c < p.source_w ? 1u : 0u) << c;
    const T* from = source +
                    ((static_cast<std::int64_t>(tile.image) * p.source_h + row) * p.source_w + column) * p.channels +
                    channel;
    const std::int64_t next_row = static_cast<std::int64_t>(p.source_w) * p.channels;
    Sum sums[Rows][Columns][V] = {};
    cuda::Packed<T, V> ahead[window];  // a row is under way while the one before it is used
    const auto fetch = [&](int h) {
      const bool in_rows = row + h >= 0 && row + h < p.source_h;
#pragma unroll
      for (int c = 0; c < window; ++c) ahead[c].load_if(from + c * p.channels, in_rows && (inside >> c & 1u));
      from += next_row;
    };
    constexpr int rows = (Rows - 1) * Stride + R;
    fetch(0);
#pragma unroll
    for (int h = 0; h < rows; ++h) {
      Sum x[window][V];
#pragma unroll
      for (int c = 0; c < window; ++c) ahead[c].unpack(x[c]);
      if (h + 1 < rows) fetch(h + 1);
#pragma unroll
      for (int o = 0; o < Rows; ++o) {
        const int r = h - o * Stride;
        if (r < 0 || r >= R) continue;
#pragma unroll
        for (int s = 0; s < S; ++s) {
          Sum w[V];
          cuda::load_pack(weights + (r * S + s) * wide + share.lane * V, w);
#pragma unroll
          for (int j = 0; j < Columns; ++j)
#pragma unroll
            for (int v = 0; v < V; ++v) sums[o][j][v] += x[j * Stride + s][v] * w[v];
        }
      }
    }
    T* to = target +
            ((static_cast<std::int64_t>(tile.image) * p.target_h + tile.h * Rows) * p.target_w + tile.w * Columns) *
                p.channels +
            channel;
#pragma unroll
    for (int o = 0; o < Rows; ++o, to += static_cast<std::int64_t>(p.target_w) * p.channels) {
      if (tile.h * Rows + o >= p.target_h) break;
      finish_packs<T>(last, channel, sums[o]);
#pragma unroll
      for (int j = 0; j < Columns; ++j)
        if (tile.w * Columns + j < p.target_w) cuda::store_pack(to + j * p.channels, sums[o][j]);
    }
  }
}

}  // namespace faltung::cuda_depthwise
