// Tiling of the NHWC kernels that walk down strips: a thread has a few channels and reads each row of its window once.
#pragma once

#include <algorithm>

#include "engines/cuda/depthwise/nchw_tiling.h"
#include "engines/cuda/depthwise/shape.h"
#include "kernels/cuda/divider.h"

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

inline constexpr int reserved_bytes = 1 << 10;  // of an SM's shared memory, by the system for each block

template <class Tiling>
bool fits_block(const Tiling& tiling, const DeviceInfo& gpu) {
  return static_cast<std::size_t>(tiling.shared_bytes()) <= gpu.block_shared_bytes;
}

// A tensor of this size survives in L2 until the next kernel reads it.
inline std::int64_t cached_bytes(const DeviceInfo& gpu) { return static_cast<std::int64_t>(gpu.l2_bytes) * 2 / 3; }

// Source and target, each once.
inline std::int64_t bytes_moved(const Planes& p, int element) {
  const std::int64_t pixels = std::int64_t{p.source_h} * p.source_w + std::int64_t{p.target_h} * p.target_w;
  return pixels * p.channels * p.batch * element;
}

// Extents to cut into strips and the cost of starting a strip, fitted on an H100.
struct StripShape {
  int channels;  // per thread
  int h, w;      // extents of an image
  int columns;   // of a tile
  int start;     // latency until a strip is under way, in rows
  int tail;      // cost of the last, underfilled wave, in waves
};

inline constexpr int strip_threads = 128;
inline constexpr int most_strips = 2048;  // upper bound of the search; enough for any device

// In row times of a block.
inline std::int64_t cost_of_strips(const StripShape& s, std::int64_t blocks, int rows, const DeviceInfo& gpu) {
  return ((blocks + gpu.sm_count - 1) / gpu.sm_count + s.tail) * (rows + s.start);
}

// The strip height of least cost, among all that need a different number of strips.
template <class Cost>
int cheapest_rows(int height, Cost&& cost) {
  int best = height;
  for (int strips = 2; strips <= std::min(height, most_strips); ++strips) {
    const int rows = divide_up(height, strips);
    if (cost(rows) < cost(best)) best = rows;
  }
  return best;
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

// Gives each thread several tiles, to have at most `most_blocks` blocks over all channels.
inline void group_tiles(NhwcStrips& l, int most_blocks) {
  l.chunk = divide_up(l.tile_blocks, std::max(1, most_blocks / (l.pack_blocks * l.strips)));
  l.tile_blocks = divide_up(l.tiles, l.chunk * l.slots);
}

// Cluster reduction only pays for more than 9 taps and stride 1: with stride 2 merely compiling it in costs 10 %
// (registers).
FALTUNG_HOST_DEVICE constexpr bool may_cluster(int taps, int stride) { return taps > 9 && stride == 1; }

inline void make_one_slice(NhwcStrips& l, int height) {
  l.rows = height;
  l.strips = 1;
  l.by_strips = cuda::Divider(1);
}

// Distance between the taps of a block's filters in shared memory, in accumulators.
FALTUNG_HOST_DEVICE inline int filter_pitch(const NhwcStrips& l, int channels) {
  return (l.block_packs | 1) * channels;
}

// Data gradients with stride 2: number of source positions q, where the last target of an axis is target − 1 = 2q +
// parity − pad.
inline int dgrad_stride2_extent(int target, int pad) { return (target - 1 + pad) / 2 + 1; }

}  // namespace faltung::cuda_depthwise
