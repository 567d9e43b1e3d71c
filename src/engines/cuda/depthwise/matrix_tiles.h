// How blocks cover images that lie channel by channel where window sums are matrix products.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int matrix_columns = 8;            // outputs of a tile, beside each other
inline constexpr int matrix_tiles = 16;             // of a product
inline constexpr int matrix_channels = 8;           // of a chunk: 16 bytes of a pixel; two warps share one
inline constexpr int matrix_chunks = 2;             // at most, of a block
inline constexpr int matrix_rows = 2;               // of the source, of a step
inline constexpr int matrix_stages = 3;             // steps that are staged
inline constexpr int matrix_strip = 256;            // bytes of a strip of matrix_columns pixels with all chunks
inline constexpr int most_matrix_bytes = 80 << 10;  // of shared memory; devices with tensor cores give 99 KiB or more

// Tiles and strips of source columns are counted over all images. An image's row has a strip more than it has tiles.
struct Matrix {
  int chunks = 1, pack_blocks = 1;  // of a block; blocks that cover the channels
  int tiles_w = 1, tiles = 1;       // beside each other, over all images
  int rows = 1, strips = 1;         // of outputs of a block; blocks that cover a column of outputs
  int staged = 1;                   // strips of source columns of a block
  int tile_blocks = 1;
  cuda::Divider by_chunks, by_pack_blocks, by_strips, by_tiles_w, by_strips_w;
  int threads() const { return chunks * 64; }
  int blocks() const { return pack_blocks * tile_blocks * strips; }
  FALTUNG_HOST_DEVICE int stage_bytes() const { return matrix_rows * staged * matrix_strip; }
  int shared_bytes() const { return matrix_stages * stage_bytes() + 2 * matrix_rows * matrix_tiles * matrix_strip; }
};

// Of a tile: the strip that its window begins with.
FALTUNG_HOST_DEVICE inline int strip_of_tile(const Matrix& k, int tile) { return tile + k.by_tiles_w.quotient(tile); }

// Rows of a block's strip such that the busiest processor is done soonest, in units of 0.14 µs of an H100: beginning
// costs as much as seven rows, and two blocks at once take 5 / 3 as long as one.
inline int matrix_rows_of(int height, int filter_h, std::int64_t blocks_of_row) {
  return cheapest_rows(height, [&](int rows) {
    const std::int64_t busiest = (blocks_of_row * divide_up(height, rows) + processors - 1) / processors;
    return (rows + filter_h - 1) * (busiest / 2 * 5 + busiest % 2 * 3) + (busiest + 1) / 2 * 21;
  });
}

inline Matrix matrix_of(const Planes& p, int filter_h) {
  Matrix k;
  const int chunks = p.channels / matrix_channels;
  k.pack_blocks = divide_up(chunks, matrix_chunks);
  k.chunks = divide_up(chunks, k.pack_blocks);
  k.tiles_w = divide_up(p.target_w, matrix_columns);
  k.tiles = p.batch * k.tiles_w;
  k.tile_blocks = divide_up(k.tiles, matrix_tiles);
  // The most that sixteen tiles in a row touch: a strip more for each image that one of them begins, and one at the
  // end.
  k.staged = matrix_tiles + divide_up(matrix_tiles - 1, k.tiles_w) + 1;
  k.rows = matrix_rows_of(p.target_h, filter_h, std::int64_t{k.tile_blocks} * k.pack_blocks);
  k.strips = divide_up(p.target_h, k.rows);
  k.by_chunks = cuda::Divider(k.chunks);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_strips = cuda::Divider(k.strips);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_strips_w = cuda::Divider(k.tiles_w + 1);
  return k;
}

}  // namespace faltung::cuda_depthwise
