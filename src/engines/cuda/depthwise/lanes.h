// What the kernels for images that lie channel by channel share.
#pragma once

#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/lanes_tiles.h"
#include "kernels/cuda/pack.h"

namespace faltung::cuda_depthwise {

// A thread's share.
struct Share {
  int lane, slot, pack;  // pack: its channels, counted over the image
  int first_tile, end_tile;
  bool any;  // the block may have more threads than work
};
__device__ __forceinline__ Share share_of(const Lanes& l) {
  const int tile_block = l.by_pack_blocks.quotient(blockIdx.x),
            pack_block = l.by_pack_blocks.remainder(blockIdx.x, tile_block);
  const int slot = l.by_lanes.quotient(threadIdx.x), lane = l.by_lanes.remainder(threadIdx.x, slot);
  const int pack = pack_block * l.lanes + lane;
  const int first = (tile_block * l.slots + slot) * l.chunk;
  return {lane, slot, pack, first, min(first + l.chunk, l.tiles), slot < l.slots && pack < l.packs};
}

struct Tile {
  int image, h, w;
};
__device__ __forceinline__ Tile tile_of(const Lanes& l, int tile) {
  const int line = l.by_tiles_h.quotient(tile), image = l.by_tiles_w.quotient(line);
  return {image, l.by_tiles_h.remainder(tile, line), l.by_tiles_w.remainder(line, image)};
}

// The filters of a block's channels, as sums are carried: shared[tap][lane][v].
template <class T, int R, int S, int V, class Sum>
__device__ __forceinline__ void stage_filter(Sum* shared, const Lanes& l, int channels, const Filter& filter) {
  const int tile_block = l.by_pack_blocks.quotient(blockIdx.x),
            first = l.by_pack_blocks.remainder(blockIdx.x, tile_block) * l.lanes * V;
  const int wide = l.lanes * V;
  for (int i = threadIdx.x; i < wide * R * S; i += blockDim.x) {
    const int c = i / (R * S), tap = i % (R * S);  // in the usual order of memory
    const Sum weight = first + c < channels
                           ? cuda::widen<Sum>(static_cast<const T*>(
                                 filter.data)[(first + c) * filter.channel + tap / S * filter.r + tap % S * filter.s])
                           : Sum(0);
    shared[tap * wide + c] = weight;
  }
  __syncthreads();
}

template <class T, int Columns, int V, class Sum>
__device__ __forceinline__ void finish_packs(const After& last, int channel, Sum (&sums)[Columns][V]) {
  if (last.bias) {
    Sum bias[V];
    cuda::load_pack(static_cast<const T*>(last.bias) + channel, bias);
#pragma unroll
    for (int j = 0; j < Columns; ++j)
#pragma unroll
      for (int v = 0; v < V; ++v) sums[j][v] += bias[v];
  }
  if (last.activation != Activation::none)
#pragma unroll
    for (int j = 0; j < Columns; ++j) activate_all(last.activation, sums[j]);
}

}  // namespace faltung::cuda_depthwise
