// How blocks cover planes that lie row by row where threads walk down strips of them.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int walk_columns = 8, walk_threads = 128;

struct Walk {
  int tiles_w = 1;           // threads beside each other
  int planes = 1;            // of a block
  int rows = 1, strips = 1;  // of a strip, of a plane; a block has one strip of several planes
  int plane_blocks = 1;
  cuda::Divider by_tiles_w, by_strips;
  int blocks() const { return plane_blocks * strips; }
};

// Every row of source and target is made of whole groups, and so is the way to a thread's first window; threads and
// columns are seldom idle.
inline bool can_walk(const Planes& p, int filter_w) {
  const int delta = (tile_width - filter_w / 2 % tile_width) % tile_width;
  const int tiles = divide_up(p.target_w, walk_columns);
  return p.source_aligned && p.target_aligned && p.source_w % tile_width == 0 && p.target_w % tile_width == 0 &&
         (p.pad_w + delta) % tile_width == 0 && tiles <= walk_threads / 4 && tiles * walk_columns * 4 <= p.target_w * 5;
}

inline Walk walk_of(const Planes& p, const StripShape& s) {
  Walk k{.tiles_w = divide_up(s.w, s.columns)};
  k.planes = walk_threads / k.tiles_w;
  k.plane_blocks = divide_up(p.batch * p.channels, k.planes);
  k.rows = rows_of_strips(s, k.plane_blocks);
  k.strips = divide_up(s.h, k.rows);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_strips = cuda::Divider(k.strips);
  return k;
}

}  // namespace faltung::cuda_depthwise
