// What the kernels for images that lie channel by channel share.
#pragma once

#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/lanes_tiles.h"
#include "tensor/cuda/pack.h"

namespace faltung::cuda_depthwise {

// A thread's share.
struct Share {
  int pack_block, strip, tile_block;  // the same for all threads of a block
  int lane, slot, pack;               // pack: its channels, counted over the image
  int first_tile;                     // … and every slots-th from there: neighbours share what is cached
  bool any;                           // the block may have more threads than work
};
__device__ __forceinline__ Share share_of(const Lanes& l, int number) {
  const int line = l.by_pack_blocks.quotient(number), tile_block = l.by_strips.quotient(line);
  const int pack_block = l.by_pack_blocks.remainder(number, line), strip = l.by_strips.remainder(line, tile_block);
  const int slot = l.by_lanes.quotient(threadIdx.x), lane = l.by_lanes.remainder(threadIdx.x, slot);
  const int pack = pack_block * l.lanes + lane, first = tile_block * l.chunk * l.slots + slot;
  return {pack_block, strip, tile_block, lane, slot, pack, first, slot < l.slots && pack < l.packs && first < l.tiles};
}

struct Tile {
  int image, w;
};
__device__ __forceinline__ Tile tile_of(const Lanes& l, int tile) {
  const int image = l.by_tiles_w.quotient(tile);
  return {image, l.by_tiles_w.remainder(tile, image)};
}

// Reads packs of neighbouring pixels row by row, zeros outside the image.
template <class T, int Window, int V>
struct RowReader {
  const T* from;          // the next row's first pack
  std::int64_t next_row;  // elements
  int channels;
  int row, end;     // the next row; those from `end` on are not read
  unsigned inside;  // a bit for each column of the window

  __device__ __forceinline__ RowReader(const T* image, int width, int all_channels, int channel, int first_row,
                                       int end_row, int column)
      : next_row(static_cast<std::int64_t>(width) * all_channels),
        channels(all_channels),
        row(first_row),
        end(end_row),
        inside(0) {
    from = image + (static_cast<std::int64_t>(first_row) * width + column) * all_channels + channel;
#pragma unroll
    for (int c = 0; c < Window; ++c) inside |= (column + c >= 0 && column + c < width ? 1u : 0u) << c;
  }
  __device__ __forceinline__ void read(cuda::Packed<T, V> (&packs)[Window]) {
    const unsigned mask = row >= 0 && row < end ? inside : 0u;
#pragma unroll
    for (int c = 0; c < Window; ++c) packs[c].load_if(from + c * channels, mask & 1u << c);
    from += next_row;
    ++row;
  }
};

template <class T, int N, int V, class Sum>
__device__ __forceinline__ void unpack(const cuda::Packed<T, V> (&packs)[N], Sum (&to)[N][V]) {
#pragma unroll
  for (int c = 0; c < N; ++c) packs[c].unpack(to[c]);
}

// The filters of a thread's channels into registers, through shared memory: read as they lie, dealt out by lanes. A
// pitch that is an odd number of packs keeps both ways off each other's banks.
template <class T, int R, int S, int V, class Sum>
__device__ __forceinline__ void load_filter(Sum* shared, const Lanes& l, const Share& share, int channels,
                                            const Filter& filter, Sum (&w)[R][S][V]) {
  const int first = share.pack_block * l.lanes * V;
  const int pitch = filter_pitch(l, V), here = min(l.lanes * V, channels - first);
  const T* const data = static_cast<const T*>(filter.data) + first * filter.channel;
#pragma unroll 8
  for (int i = threadIdx.x; i < here * R * S; i += blockDim.x) {
    const int c = i / (R * S), tap = i % (R * S);  // in the usual order of memory
    shared[tap * pitch + c] = cuda::widen<Sum>(data[c * filter.channel + tap / S * filter.r + tap % S * filter.s]);
  }
  __syncthreads();
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < S; ++s) cuda::load_pack(shared + (r * S + s) * pitch + share.lane * V, w[r][s]);
}

// Sums begin with the bias, if there is one.
template <class T, int V, class Sum>
__device__ __forceinline__ void load_bias(const After& last, int channel, bool any, Sum (&bias)[V]) {
#pragma unroll
  for (int v = 0; v < V; ++v)
    bias[v] = last.bias && any ? cuda::widen<Sum>(static_cast<const T*>(last.bias)[channel + v]) : Sum(0);
}

template <int Columns, int V, class Sum>
__device__ __forceinline__ void activate_packs(const After& last, Sum (&sums)[Columns][V]) {
  if (last.activation != Activation::none)
#pragma unroll
    for (int j = 0; j < Columns; ++j) activate_all(last.activation, sums[j]);
}

}  // namespace faltung::cuda_depthwise
