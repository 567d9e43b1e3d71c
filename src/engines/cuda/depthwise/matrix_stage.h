// Rows of the source in shared memory, for window sums by tensor cores: a thread copies pixels there, a warp reads its
// channels of sixteen tiles.
#pragma once

#include "engines/cuda/depthwise/matrix_tiles.h"
#include "tensor/cuda/pack.h"

namespace faltung::cuda_depthwise {

inline constexpr int warp_channels = matrix_channels / 2;  // that a warp sums

// What a block works on.
struct MatrixShare {
  int first_chunk, first_tile, first_row, height;  // rows of outputs
};
__device__ __forceinline__ MatrixShare matrix_share(const Planes& p, const Matrix& k) {
  const int line = k.by_pack_blocks.quotient(blockIdx.x), pack_block = k.by_pack_blocks.remainder(blockIdx.x, line);
  const int tile_block = k.by_strips.quotient(line), first = k.by_strips.remainder(line, tile_block) * k.rows;
  return {pack_block * k.chunks, tile_block * matrix_tiles, first, min(k.rows, p.target_h - first)};
}

// Where a pixel's chunk lies in a stage: lanes that read the same column of neighbouring tiles, or neighbouring pairs
// of columns of one tile, meet in different banks; so do they where each tile is an image. The next column of a pair
// lies at the same place with one bit changed.
__device__ __forceinline__ int staged_at(int strip, int column, int chunk) {
  static_assert(matrix_strip == 256 && matrix_chunks == 2, "a line of all banks is four pixels");
  const int place = ((column & 3) << 1 | chunk) ^ (column >> 2 | ((strip ^ strip >> 1) & 1) << 1);
  return (strip * 2 + (column >> 2)) * 128 + place * 16;
}
inline constexpr int next_column = 32;

// A thread's pixels of a row of strips, of eight strips each one.
template <class T>
struct MatrixReader {
  static constexpr int most = 4;    // 32 strips, where each tile is an image
  int from[most];                   // elements from the source's first row
  unsigned inside = 0, staged = 0;  // a bit for each: of the image, of what is staged
  int to;                           // bytes, of the first
  int row, end, next_row, row_bytes;
  int stage = 0;  // bytes, of that which is read next

  __device__ __forceinline__ MatrixReader(const Planes& p, const Matrix& k, const MatrixShare& share, int rows,
                                          int chunk, int pixel)
      : row(share.first_row - p.pad_h),
        end(min(p.source_h, row + rows)),
        next_row(p.source_w * p.channels),
        row_bytes(k.staged * matrix_strip) {
    const int strip = pixel / matrix_columns, column = pixel % matrix_columns,
              first = strip_of_tile(k, share.first_tile);
    const int channel = (share.first_chunk + chunk) * matrix_channels;
    to = staged_at(strip, column, chunk);
#pragma unroll
    for (int i = 0; i < most; ++i) {
      const int all = first + strip + 8 * i, image = k.by_strips_w.quotient(all);
      const int x = k.by_strips_w.remainder(all, image) * matrix_columns + column - p.pad_w;
      const bool any = image < p.batch && channel < p.channels && x >= 0 && x < p.source_w;
      from[i] = any ? (image * p.source_h * p.source_w + x) * p.channels + channel : 0;
      inside |= (any ? 1u : 0u) << i;
      staged |= (strip + 8 * i < k.staged ? 1u : 0u) << i;
    }
  }
  // The next rows; zeros where there are none.
  __device__ __forceinline__ void read(const T* source, char* stages) {
#pragma unroll
    for (int r = 0; r < matrix_rows; ++r, ++row) {
      const unsigned here = row >= 0 && row < end ? inside : 0u;
      const int past = here ? row * next_row : 0;
      char* const first = stages + stage + r * row_bytes + to;
#pragma unroll
      for (int i = 0; i < most; ++i)
        cuda::copy_async_if<16>(first + 8 * i * matrix_strip, source + (from[i] + past), here >> i & 1u,
                                staged >> i & 1u);
    }
    cuda::commit_copies();
    stage = next_stage(stage, matrix_rows * row_bytes);
  }
  static __device__ __forceinline__ int next_stage(int now, int bytes) {
    return now == (matrix_stages - 1) * bytes ? 0 : now + bytes;
  }
};

// A warp's channels of the tiles g and g + 8: of each the columns 2t, 2t + 1, 2t + 8, 2t + 9 of its window.
struct Window {
  unsigned low[4][2], high[4][2];
};
struct WindowReader {
  int at[2][2];  // bytes: of the tiles, of their strips

  __device__ __forceinline__ WindowReader(const Matrix& k, const MatrixShare& share, int lane, int chunk, int half) {
    const int first = strip_of_tile(k, share.first_tile);
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 2; ++j)
        at[i][j] = staged_at(strip_of_tile(k, share.first_tile + lane / 4 + 8 * i) - first + j, 2 * (lane % 4), chunk) +
                   8 * half;
  }
  __device__ __forceinline__ void read(const char* stage, Window& window) const {
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
