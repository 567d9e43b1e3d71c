// Data gradients with stride 2 over images that lie channel by channel. A tile is a square of source elements q; each
// of them gives the target elements 2q − pad and 2q + 1 − pad of an axis, which take the taps of their parity.
#pragma once

#include "engines/cuda/depthwise/lanes.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S, int Rows, int Columns, int V>
__global__ void __launch_bounds__(128)
    lanes_spread(Planes p, Lanes l, const T* source, Filter filter, T* target, After last) {
  using Sum = typename SumOf<T>::type;
  constexpr int back_h = (R + 1) / 2 - 1, back_w = (S + 1) / 2 - 1;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const weights = reinterpret_cast<Sum*>(memory);
  stage_filter<T, R, S, V>(weights, l, p.channels, filter);
  const Share share = share_of(l);
  if (!share.any) return;
  const int channel = share.pack * V, wide = l.lanes * V;

  for (int number = share.first_tile; number < share.end_tile; ++number) {
    const Tile tile = tile_of(l, number);
    const int row = tile.h * Rows - back_h, column = tile.w * Columns - back_w;
    Sum y[Rows + back_h][Columns + back_w][V];
#pragma unroll
    for (int h = 0; h < Rows + back_h; ++h)
#pragma unroll
      for (int c = 0; c < Columns + back_w; ++c) {
        const bool inside = row + h >= 0 && row + h < p.source_h && column + c >= 0 && column + c < p.source_w;
        cuda::load_pack_if(
            source +
                ((static_cast<std::int64_t>(tile.image) * p.source_h + row + h) * p.source_w + column + c) *
                    p.channels +
                channel,
            inside, y[h][c]);
      }
#pragma unroll
    for (int o = 0; o < 2 * Rows; ++o) {
      const int h = tile.h * Rows * 2 + o - p.pad_h;
      if (h < 0 || h >= p.target_h) continue;
      Sum sums[2 * Columns][V] = {};
#pragma unroll
      for (int r = o % 2; r < R; r += 2)
#pragma unroll
        for (int s = 0; s < S; ++s) {
          Sum w[V];
          cuda::load_pack(weights + (r * S + s) * wide + share.lane * V, w);
#pragma unroll
          for (int j = s % 2; j < 2 * Columns; j += 2)
#pragma unroll
            for (int v = 0; v < V; ++v) sums[j][v] += y[o / 2 + back_h - r / 2][j / 2 + back_w - s / 2][v] * w[v];
        }
      finish_packs<T>(last, channel, sums);
      T* const to =
          target +
          ((static_cast<std::int64_t>(tile.image) * p.target_h + h) * p.target_w + tile.w * Columns * 2 - p.pad_w) *
              p.channels +
          channel;
#pragma unroll
      for (int j = 0; j < 2 * Columns; ++j) {
        const int c = tile.w * Columns * 2 + j - p.pad_w;
        if (c >= 0 && c < p.target_w) cuda::store_pack(to + j * p.channels, sums[j]);
      }
    }
  }
}

}  // namespace faltung::cuda_depthwise
