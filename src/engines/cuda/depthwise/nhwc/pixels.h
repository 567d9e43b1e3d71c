// Pieces shared by the NHWC kernels.
#pragma once

#include "device/cuda/code/pack.h"
#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

// A thread's work.
struct ThreadWork {
  int pack_block, strip, tile_block;  // the same for all threads of a block
  int local_pack, slot, pack;         // pack: index over all channels of an image
  int first_tile;                     // first of every slots-th tile: neighbouring threads share cached pixels
  bool busy;                          // false for surplus threads of a block
};
__device__ __forceinline__ ThreadWork thread_work(const NhwcStrips& l, int number) {
  const int line = l.by_pack_blocks.quotient(number), tile_block = l.by_strips.quotient(line);
  const int pack_block = l.by_pack_blocks.remainder(number, line), strip = l.by_strips.remainder(line, tile_block);
  const int slot = l.by_block_packs.quotient(threadIdx.x), local_pack = l.by_block_packs.remainder(threadIdx.x, slot);
  const int pack = pack_block * l.block_packs + local_pack, first = tile_block * l.chunk * l.slots + slot;
  return {pack_block, strip, tile_block, local_pack,
          slot,       pack,  first,      slot < l.slots && pack < l.packs && first < l.tiles};
}

struct Tile {
  int image, w;
};
__device__ __forceinline__ Tile tile_of(const NhwcStrips& l, int tile) {
  const int image = l.by_tiles_w.quotient(tile);
  return {image, l.by_tiles_w.remainder(tile, image)};
}

// Reads packs of neighbouring pixels row by row; zeros outside the image.
template <class T, int Window, int V>
struct RowReader {
  const T* from;          // first pack of the next row
  std::int64_t next_row;  // in elements
  int channels;
  int row, end;     // the next row; rows from `end` on are not read
  unsigned inside;  // one bit per column of the window

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

// Loads the filters of the block's channels into shared memory, in the order of global memory, and from there a
// thread's filters into registers. The pitch is an odd number of packs, so neither access has bank conflicts.
template <class T, int R, int S, int V, class Sum>
__device__ __forceinline__ void load_filter(Sum* shared, const NhwcStrips& l, const ThreadWork& mine, int channels,
                                            const Filter& filter, Sum (&w)[R][S][V]) {
  const int first = mine.pack_block * l.block_packs * V;
  const int pitch = filter_pitch(l, V), here = min(l.block_packs * V, channels - first);
  const T* const data = static_cast<const T*>(filter.data) + first * filter.channel;
#pragma unroll 8
  for (int i = threadIdx.x; i < here * R * S; i += blockDim.x) {
    const int c = i / (R * S), tap = i % (R * S);  // order of a contiguous filter in memory
    shared[tap * pitch + c] = cuda::widen<Sum>(data[c * filter.channel + tap / S * filter.r + tap % S * filter.s]);
  }
  __syncthreads();
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < S; ++s) cuda::load_pack(shared + (r * S + s) * pitch + mine.local_pack * V, w[r][s]);
}

// Initial sums: the bias, or zero.
template <class T, int V, class Sum>
__device__ __forceinline__ void load_bias(const FinishArgs& last, int channel, bool any, Sum (&bias)[V]) {
#pragma unroll
  for (int v = 0; v < V; ++v)
    bias[v] = last.bias && any ? cuda::widen<Sum>(static_cast<const T*>(last.bias)[channel + v]) : Sum(0);
}

template <int Columns, int V, class Sum>
__device__ __forceinline__ void activate_packs(const FinishArgs& last, Sum (&sums)[Columns][V]) {
  if (last.activation != Activation::none)
#pragma unroll
    for (int j = 0; j < Columns; ++j) activate_all(last.activation, sums[j]);
}

}  // namespace faltung::cuda_depthwise
