// How blocks cover images that lie channel by channel (NHWC): a thread has a few channels and a tile of pixels.
#pragma once

#include <algorithm>

#include "engines/cuda/depthwise/planar_tiles.h"
#include "engines/cuda/depthwise/shape.h"
#include "kernels/cuda/divider.h"

namespace faltung::cuda_depthwise {

struct Lanes {
  int packs = 1;        // groups of channels of an image
  int lanes = 1;        // of a block
  int slots = 1;        // tiles that a block works on at once
  int pack_blocks = 1;  // blocks that cover the channels
  int tile_blocks = 1;  // blocks that share the tiles
  int chunk = 1;        // tiles that a thread does, one below the other: what their windows share is still cached
  int tiles_w = 1, tiles_h = 1, tiles = 1;
  cuda::Divider by_lanes, by_pack_blocks, by_tiles_w, by_tiles_h;
  int threads() const { return (lanes * slots + 31) / 32 * 32; }
  int blocks() const { return pack_blocks * tile_blocks; }
};

// rows × columns: a tile's pixels, of an area of h × w for each image. `most_blocks` bounds the blocks over all
// channels.
inline Lanes lanes_of(const Planes& p, int channels_per_pack, int h, int w, int rows, int columns, int max_threads,
                      int most_blocks) {
  Lanes l{.packs = p.channels / channels_per_pack};
  l.pack_blocks = divide_up(l.packs, 64);
  l.lanes = divide_up(l.packs, l.pack_blocks);
  l.slots = std::max(1, max_threads / l.lanes);
  l.tiles_w = divide_up(w, columns);
  l.tiles_h = divide_up(h, rows);
  l.tiles = p.batch * l.tiles_h * l.tiles_w;
  l.slots = std::min(l.slots, l.tiles);
  const int wanted = std::clamp(most_blocks / l.pack_blocks, 1, divide_up(l.tiles, l.slots));
  l.chunk = divide_up(l.tiles, wanted * l.slots);
  l.tile_blocks = divide_up(l.tiles, l.chunk * l.slots);
  l.by_lanes = cuda::Divider(l.lanes);
  l.by_pack_blocks = cuda::Divider(l.pack_blocks);
  l.by_tiles_w = cuda::Divider(l.tiles_w);
  l.by_tiles_h = cuda::Divider(l.tiles_h);
  return l;
}

// Data gradients with stride 2: q such that the last target element of an axis is target − 1 = 2q + parity − pad.
inline int spread_extent(int target, int pad) { return (target - 1 + pad) / 2 + 1; }

}  // namespace faltung::cuda_depthwise
