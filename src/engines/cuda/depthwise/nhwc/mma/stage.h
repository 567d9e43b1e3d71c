// Source rows in shared memory for the MMA kernel: threads copy pixels in, warps read their channels of sixteen tiles.
#pragma once

#include "device/cuda/code/pack.h"
#include "engines/cuda/depthwise/nhwc/mma/cp_async.h"

namespace faltung::cuda_depthwise {

inline constexpr int warp_channels = mma_channels / 2;

// A block's work.
struct MmaBlock {
  int first_chunk, first_tile, first_row, height;  // height: of output rows
};
__device__ __forceinline__ MmaBlock mma_block(const Planes& p, const Mma& k) {
  const int line = k.by_pack_blocks.quotient(blockIdx.x), pack_block = k.by_pack_blocks.remainder(blockIdx.x, line);
  const int tile_block = k.by_strips.quotient(line), first = k.by_strips.remainder(line, tile_block) * k.rows;
  return {pack_block * k.chunks, tile_block * mma_tiles, first, min(k.rows, p.target_h - first)};
}

// Byte offset of a pixel's chunk in a stage. The permutation avoids bank conflicts between lanes that read the same
// column of neighbouring tiles or neighbouring pairs of columns of one tile, also if each tile is an image of its own.
// The next column of a pair differs in one bit of the offset.
__device__ __forceinline__ int staged_at(int strip, int column, int chunk) {
  static_assert(mma_strip == 256 && mma_chunks == 2, "a line of all banks is four pixels");
  const int place = ((column & 3) << 1 | chunk) ^ (column >> 2 | ((strip ^ strip >> 1) & 1) << 1);
  return (strip * 2 + (column >> 2)) * 128 + place * 16;
}
inline constexpr int next_column = 32;

// A thread's pixels of a row of strips, one per eight strips.
template <class T>
struct MmaReader {
  static constexpr int most = 4;    // 32 strips, when each tile is an image
  int from[most];                   // offsets in the source's first row, in elements
  unsigned inside = 0, staged = 0;  // one bit per pixel: inside the image; inside the stage
  int to;                           // offset of the first, in bytes
  int row, end, next_row, row_bytes;
  int stage = 0;  // offset of the stage to be filled next, in bytes

  __device__ __forceinline__ MmaReader(const Planes& p, const Mma& k, const MmaBlock& block, int rows, int chunk,
                                       int pixel)
      : row(block.first_row - p.pad_h),
        end(min(p.source_h, row + rows)),
        next_row(p.source_w * p.channels),
        row_bytes(k.staged * mma_strip) {
    const int strip = pixel / mma_columns, column = pixel % mma_columns, first = strip_of_tile(k, block.first_tile);
    const int channel = (block.first_chunk + chunk) * mma_channels;
    to = staged_at(strip, column, chunk);
#pragma unroll
    for (int i = 0; i < most; ++i) {
      const int all = first + strip + 8 * i, image = k.by_strips_w.quotient(all);
      const int x = k.by_strips_w.remainder(all, image) * mma_columns + column - p.pad_w;
      const bool any = image < p.batch && channel < p.channels && x >= 0 && x < p.source_w;
      from[i] = any ? (image * p.source_h * p.source_w + x) * p.channels + channel : 0;
      inside |= (any ? 1u : 0u) << i;
      staged |= (strip + 8 * i < k.staged ? 1u : 0u) << i;
    }
  }
  // Copies the next rows; zeros outside the image.
  __device__ __forceinline__ void read(const T* source, char* stages) {
#pragma unroll
    for (int r = 0; r < mma_rows; ++r, ++row) {
      const unsigned here = row >= 0 && row < end ? inside : 0u;
      const int past = here ? row * next_row : 0;
      char* const first = stages + stage + r * row_bytes + to;
#pragma unroll
      for (int i = 0; i < most; ++i)
        cuda::copy_async_if<16>(first + 8 * i * mma_strip, source + (from[i] + past), here >> i & 1u, staged >> i & 1u);
    }
    cuda::commit_copies();
    stage = next_stage(stage, mma_rows * row_bytes);
  }
  static __device__ __forceinline__ int next_stage(int now, int bytes) {
    return now == (mma_stages - 1) * bytes ? 0 : now + bytes;
  }
};

// A warp's channels of the tiles g and g + 8: columns 2t, 2t + 1, 2t + 8, 2t + 9 of each window.
struct WindowRegisters {
  unsigned low[4][2], high[4][2];
};
struct WindowReader {
  int at[2][2];  // byte offsets: [tile][strip]

  __device__ __forceinline__ WindowReader(const Mma& k, const MmaBlock& block, int lane, int chunk, int half) {
    const int first = strip_of_tile(k, block.first_tile);
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 2; ++j)
        at[i][j] = staged_at(strip_of_tile(k, block.first_tile + lane / 4 + 8 * i) - first + j, 2 * (lane % 4), chunk) +
                   8 * half;
  }
  __device__ __forceinline__ void read(const char* stage, WindowRegisters& window) const {
    read(stage, at[0], window.low);
    read(stage, at[1], window.high);
  }

 private:
  __device__ __forceinline__ static void read(const char* stage, const int (&strips)[2], unsigned (&to)[4][2]) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int at = i % 2 == 0 ? strips[i / 2] : strips[i / 2] ^ next_column;
      const uint2 pair = *reinterpret_cast<const uint2*>(stage + at);
      to[i][0] = pair.x, to[i][1] = pair.y;
    }
  }
};

}  // namespace faltung::cuda_depthwise
