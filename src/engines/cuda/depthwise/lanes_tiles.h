// How blocks cover images that lie channel by channel (NHWC): a thread has a few channels and walks down a strip of
// pixels, so that it reads each row of its window once.
#pragma once

#include <algorithm>

#include "engines/cuda/depthwise/planar_tiles.h"
#include "engines/cuda/depthwise/shape.h"
#include "kernels/cuda/divider.h"

namespace faltung::cuda_depthwise {

struct Lanes {
  int packs = 1;               // groups of channels of an image
  int lanes = 1;               // of a block
  int slots = 1;               // tiles that a block works on at once
  int pack_blocks = 1;         // blocks that cover the channels
  int rows = 1, strips = 1;    // of a strip, of an image; a block has one strip of several tiles
  int chunk = 1;               // tiles that a thread does
  int tile_blocks = 1;         // blocks that share the tiles
  int tiles_w = 1, tiles = 1;  // beside each other, over all images
  cuda::Divider by_lanes, by_pack_blocks, by_strips, by_tiles_w;
  int threads() const { return (lanes * slots + 31) / 32 * 32; }
  int shares() const { return strips * tile_blocks; }
  int blocks() const { return pack_blocks * shares(); }
};

// Source and target, each once.
inline std::int64_t bytes_moved(const Planes& p, int element) {
  const std::int64_t pixels = std::int64_t{p.source_h} * p.source_w + std::int64_t{p.target_h} * p.target_w;
  return pixels * p.channels * p.batch * element;
}

// What strips are cut from, and what it costs to begin them: fitted to times of an H100.
struct StripShape {
  int channels;  // of a thread
  int h, w;      // the area of an image
  int columns;   // of a tile
  int start;     // rows' worth of time until a strip is under way
  int tail;      // blocks' worth of time while a processor has too few to hide what they wait for
};

inline constexpr int lanes_threads = 128, processors = 132;
inline constexpr int most_strips = 2048;  // that are thought of: enough for any device

// In rows of a block.
inline std::int64_t cost_of_strips(const StripShape& s, std::int64_t blocks, int rows) {
  return ((blocks + processors - 1) / processors + s.tail) * (rows + s.start);
}

// The rows of a strip that cost least, of all that cover a height with one strip more or less.
template <class Cost>
int cheapest_rows(int height, Cost&& cost) {
  int best = height;
  for (int strips = 2; strips <= std::min(height, most_strips); ++strips) {
    const int rows = divide_up(height, strips);
    if (cost(rows) < cost(best)) best = rows;
  }
  return best;
}

inline int rows_of_strips(const StripShape& s, std::int64_t blocks_of_row) {
  return cheapest_rows(s.h, [&](int rows) { return cost_of_strips(s, blocks_of_row * divide_up(s.h, rows), rows); });
}

// Packs of a block: whole lines of the cache where the channels are made of such, which takes up to a sixth less time
// than parts of them; else as even as can be.
inline int lanes_of_block(int packs) {
  for (int lanes : {32, 16})
    if (packs % lanes == 0) return lanes;
  return divide_up(packs, divide_up(packs, 32));
}

inline Lanes lanes_of(const Planes& p, const StripShape& s) {
  Lanes l{.packs = p.channels / s.channels};
  l.lanes = lanes_of_block(l.packs);
  l.pack_blocks = divide_up(l.packs, l.lanes);
  l.tiles_w = divide_up(s.w, s.columns);
  l.tiles = p.batch * l.tiles_w;
  l.slots = std::min(lanes_threads / l.lanes, l.tiles);
  l.tile_blocks = divide_up(l.tiles, l.slots);
  l.rows = rows_of_strips(s, std::int64_t{l.tile_blocks} * l.pack_blocks);
  l.strips = divide_up(s.h, l.rows);
  l.by_lanes = cuda::Divider(l.lanes);
  l.by_pack_blocks = cuda::Divider(l.pack_blocks);
  l.by_strips = cuda::Divider(l.strips);
  l.by_tiles_w = cuda::Divider(l.tiles_w);
  return l;
}

// Fewer blocks over all channels, each thread with several tiles.
inline void share_tiles(Lanes& l, int most_blocks) {
  l.chunk = divide_up(l.tile_blocks, std::max(1, most_blocks / (l.pack_blocks * l.strips)));
  l.tile_blocks = divide_up(l.tiles, l.chunk * l.slots);
}

// Whether blocks may add their weight gradients as a cluster: few taps are summed sooner by fewer blocks, and with a
// stride the kernel would take a tenth longer for being able to.
FALTUNG_HOST_DEVICE constexpr bool may_cluster(int taps, int stride) { return taps > 9 && stride == 1; }

inline void make_one_share(Lanes& l, int height) {
  l.rows = height;
  l.strips = 1;
  l.by_strips = cuda::Divider(1);
}

// Between the taps of a block's filters in shared memory, in sums.
FALTUNG_HOST_DEVICE inline int filter_pitch(const Lanes& l, int channels) { return (l.lanes | 1) * channels; }

// Data gradients with stride 2: q such that the last target element of an axis is target − 1 = 2q + parity − pad.
inline int spread_extent(int target, int pad) { return (target - 1 + pad) / 2 + 1; }

}  // namespace faltung::cuda_depthwise
