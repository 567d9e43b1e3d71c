// Weight gradients over images that lie channel by channel: a thread sums all taps of its channels over its tiles, a
// block over its slots; gather.h adds the blocks. Shares and order depend on the shape only.
#pragma once

#include "engines/cuda/depthwise/lanes.h"

namespace faltung::cuda_depthwise {

// partial[tile block][tap][channel]; a tile is one row of Columns outputs.
template <class T, int R, int S, int Stride, int Columns, int V>
__global__ void __launch_bounds__(128)
    lanes_weight(Planes p, Lanes l, const T* x, const T* y, typename SumOf<T>::type* partial) {
  using Sum = typename SumOf<T>::type;
  constexpr int window = (Columns - 1) * Stride + S;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const block_sums = reinterpret_cast<Sum*>(memory);
  const Share share = share_of(l);
  const int channel = share.pack * V, wide = l.lanes * V;

  Sum sums[R][S][V] = {};
  for (int number = share.first_tile; share.any && number < share.end_tile; ++number) {
    const Tile tile = tile_of(l, number);
    const int row = tile.h * Stride - p.pad_h, column = tile.w * Columns * Stride - p.pad_w;
    const T* const from_y =
        y +
        ((static_cast<std::int64_t>(tile.image) * p.target_h + tile.h) * p.target_w + tile.w * Columns) * p.channels +
        channel;
    const T* from_x =
        x + ((static_cast<std::int64_t>(tile.image) * p.source_h + row) * p.source_w + column) * p.channels + channel;
    unsigned inside = 0;
#pragma unroll
    for (int c = 0; c < window; ++c) inside |= (column + c >= 0 && column + c < p.source_w ? 1u : 0u) << c;
    Sum dy[Columns][V];
#pragma unroll
    for (int j = 0; j < Columns; ++j)
      cuda::load_pack_if(from_y + j * p.channels, tile.w * Columns + j < p.target_w, dy[j]);
    cuda::Packed<T, V> ahead[window];  // a row is under way while the one before it is used
    const auto fetch = [&](int r) {
      const bool in_rows = row + r >= 0 && row + r < p.source_h;
#pragma unroll
      for (int c = 0; c < window; ++c) ahead[c].load_if(from_x + c * p.channels, in_rows && (inside >> c & 1u));
      from_x += static_cast<std::int64_t>(p.source_w) * p.channels;
    };
    fetch(0);
#pragma unroll
    for (int r = 0; r < R; ++r) {
      Sum in[window][V];
#pragma unroll
      for (int c = 0; c < window; ++c) ahead[c].unpack(in[c]);
      if (r + 1 < R) fetch(r + 1);
#pragma unroll
      for (int s = 0; s < S; ++s)
#pragma unroll
        for (int j = 0; j < Columns; ++j)
#pragma unroll
          for (int v = 0; v < V; ++v) sums[r][s][v] += in[j * Stride + s][v] * dy[j][v];
    }
  }

  for (int slot = 0; slot < l.slots; ++slot) {  // one after the other: a fixed order
    if (share.any && share.slot == slot) {
#pragma unroll
      for (int i = 0; i < R * S; ++i)
#pragma unroll
        for (int v = 0; v < V; ++v) {
          Sum& total = block_sums[i * wide + share.lane * V + v];
          total = slot == 0 ? sums[i / S][i % S][v] : total + sums[i / S][i % S][v];
        }
    }
    __syncthreads();
  }
  const int tile_block = l.by_pack_blocks.quotient(blockIdx.x),
            first = l.by_pack_blocks.remainder(blockIdx.x, tile_block) * wide;
  for (int i = threadIdx.x; i < R * S * wide; i += blockDim.x) {
    const int tap = i / wide, c = first + i % wide;
    if (c < p.channels)
      partial[(static_cast<std::int64_t>(tile_block) * (R * S) + tap) * p.channels + c] = block_sums[i];
  }
}

}  // namespace faltung::cuda_depthwise
