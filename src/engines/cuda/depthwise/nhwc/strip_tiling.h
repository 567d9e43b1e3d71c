// Tiling of the NHWC kernels that walk down strips: a thread has a few channels and reads each row of its window once.
#pragma once

#include "engines/cuda/depthwise/filters.h"

namespace faltung::cuda_depthwise {

struct NhwcStrips {
  int packs = 1;               // channel groups of an image, one per thread
  int block_packs = 1;         // packs of a block
  int slots = 1;               // tiles that a block works on at once
  int pack_blocks = 1;         // blocks along the channels
  int rows = 1, strips = 1;    // rows per strip, strips per image; a block has one strip of several tiles
  int chunk = 1;               // tiles of a thread, one after the other
  int tile_blocks = 1;         // blocks along the tiles
  int tiles_w = 1, tiles = 1;  // tiles in a row; over all images
  cuda::Divider by_block_packs, by_pack_blocks, by_strips, by_tiles_w;
  int threads() const { return (block_packs * slots + 31) / 32 * 32; }
  int slices() const { return strips * tile_blocks; }
  int blocks() const { return pack_blocks * slices(); }
};

// Extents to cut into strips and the cost of starting a strip, fitted on an H100.
struct StripShape {
  int channels;  // per thread
  int h, w;      // extents of an image
  int columns;   // of a tile
  int start;     // latency until a strip is under way, in rows
  int tail;      // cost of the last, underfilled wave, in waves
};

inline constexpr int strip_threads = 128;

// Small filters are bound by memory latency, 7 × 7 taps by arithmetic.
inline StripShape strip_shape(const ThreadTile& tile, int filter_h, int h, int w) {
  return {tile.pack, h, w, tile.columns, filter_h == 7 ? 5 : 2, filter_h == 7 ? 0 : 2};
}

// In row times of a block.
inline std::int64_t cost_of_strips(const StripShape& s, std::int64_t blocks, int rows, const DeviceInfo& gpu) {
  return ((blocks + gpu.sm_count - 1) / gpu.sm_count + s.tail) * (rows + s.start);
}

inline int rows_of_strips(const StripShape& s, std::int64_t blocks_of_row, const DeviceInfo& gpu) {
  return cheapest_rows(s.h,
                       [&](int rows) { return cost_of_strips(s, blocks_of_row * divide_up(s.h, rows), rows, gpu); });
}

// Packs of a block: whole cache lines if the channels divide into them, which is up to a sixth faster than partial
// lines; else evenly distributed.
inline int packs_of_block(int packs) {
  for (int block_packs : {32, 16})
    if (packs % block_packs == 0) return block_packs;
  return divide_up(packs, divide_up(packs, 32));
}

inline NhwcStrips nhwc_strips_of(const Planes& p, const StripShape& s, const DeviceInfo& gpu) {
  NhwcStrips l{.packs = p.channels / s.channels};
  l.block_packs = packs_of_block(l.packs);
  l.pack_blocks = divide_up(l.packs, l.block_packs);
  l.tiles_w = divide_up(s.w, s.columns);
  l.tiles = p.batch * l.tiles_w;
  l.slots = std::min(strip_threads / l.block_packs, l.tiles);
  l.tile_blocks = divide_up(l.tiles, l.slots);
  l.rows = rows_of_strips(s, std::int64_t{l.tile_blocks} * l.pack_blocks, gpu);
  l.strips = divide_up(s.h, l.rows);
  l.by_block_packs = cuda::Divider(l.block_packs);
  l.by_pack_blocks = cuda::Divider(l.pack_blocks);
  l.by_strips = cuda::Divider(l.strips);
  l.by_tiles_w = cuda::Divider(l.tiles_w);
  return l;
}

// Distance between the taps of a block's filters in shared memory, in accumulators.
FALTUNG_HOST_DEVICE inline int filter_pitch(const NhwcStrips& l, int channels) {
  return (l.block_packs | 1) * channels;
}

}  // namespace faltung::cuda_depthwise
