// How blocks cover data gradients with stride 2 of 3 × 3 taps over images that lie channel by channel.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int squares_threads = 256;  // at most, of a block
inline constexpr int squares_bytes = 8;      // of a thread's channels
// A result of more is no longer in the cache of an H100 when somebody reads it.
inline constexpr std::int64_t most_cached = std::int64_t{40} << 20;

// A thread's tile is a column of squares, each of 2 × 2 targets; tiles are counted over all images, in the order of
// memory. Blocks go from tile to tile, all of them `tile_blocks` times their slots apart.
struct Squares : Lanes {
  cuda::Divider by_tiles_h;
  bool streams = false;  // the result past the cache
};

// Squares begin with a target that takes the middle tap: before the first one where the padding is even.
FALTUNG_HOST_DEVICE inline int first_of_squares(int pad) { return (pad + 1) / 2 - 1; }  // of the source
inline int squares_along(int target, int pad) { return (target + (pad % 2 == 0 ? 1 : 0) + 1) / 2; }

// Packs of a block: few, whose filters are read soon, but whole sectors of memory. Which of the few was measured.
inline int squares_lanes(int packs) {
  if (packs % 12 == 0 && packs % 16 != 0) return 12;
  return packs % 8 == 0 ? 8 : lanes_of_block(packs);
}

// As many blocks as a device has place for at once: none waits for another, and each reads its filters once.
inline Squares squares_of(const Planes& p, int pack, int rows, int blocks) {
  Squares k;
  k.packs = p.channels / pack;
  k.lanes = squares_lanes(k.packs);
  k.pack_blocks = divide_up(k.packs, k.lanes);
  k.rows = rows;
  k.tiles_w = squares_along(p.target_w, p.pad_w);
  const int tiles_h = divide_up(squares_along(p.target_h, p.pad_h), rows);
  k.tiles = p.batch * tiles_h * k.tiles_w;
  k.slots = std::min(squares_threads / k.lanes, k.tiles);
  k.tile_blocks = std::min(divide_up(k.tiles, k.slots), std::max(1, processors * blocks / k.pack_blocks));
  k.by_lanes = cuda::Divider(k.lanes);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_strips = cuda::Divider(1);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_tiles_h = cuda::Divider(tiles_h);
  k.streams = std::int64_t{p.batch} * p.target_h * p.target_w * k.packs * squares_bytes > most_cached;
  return k;
}

}  // namespace faltung::cuda_depthwise
