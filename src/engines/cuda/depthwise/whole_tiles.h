// How warps cover small planes that lie row by row: some whole ones each.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int whole_side = 7;          // outputs of a thread along h and along w
inline constexpr int whole_threads = 32;      // of a block: a warp waits for nobody
inline constexpr int whole_blocks = 12;       // of a processor: bounds the registers
inline constexpr int whole_zeros_bytes = 64;  // before the planes: what a row of a window has beside its plane

struct Whole {
  int planes = 1;              // of a block
  int tiles = 1, tiles_w = 1;  // threads that cover a plane
  int runs = 1, bytes = 0;     // blocks, and what each has in shared memory
  bool turned = false;         // the filter's taps are read from the last to the first
  cuda::Divider by_tiles, by_tiles_w;
  int threads() const { return whole_threads; }
  int blocks() const { return runs; }
  int shared_bytes() const { return bytes; }
};

// Planes of a block are copied in words of 16 bytes, and so are their filters.
inline Whole whole_of(const Planes& p, int taps, int element) {
  Whole k{.tiles = p.target_h / whole_side * (p.target_w / whole_side), .tiles_w = p.target_w / whole_side};
  const int word = 16 / element;
  k.planes = k.tiles > 0 ? whole_threads / k.tiles / word * word : 0;
  if (k.planes == 0) return k;
  k.runs = divide_up(p.batch * p.channels, k.planes);
  k.bytes = whole_zeros_bytes + k.planes * (p.source_h * p.source_w + taps) * element;
  k.by_tiles = cuda::Divider(k.tiles);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  return k;
}

// Of little work large tiles make few long sums. Measured on an H100; where a plane is one tile, many of its taps lie
// beside it and need no sum, so that it is always faster.
inline bool is_worth_whole(const Whole& k, int taps) {
  return k.tiles == 1 || k.runs >= (taps > 25 ? 4 : 1) * processors;
}

// Source and target are planes of the same size, made of whole tiles, and the taps of the channels follow each other.
inline bool can_take_whole(const Planes& p, const Whole& k, const Filter& filter, int side, int element) {
  const bool same = p.source_h == p.target_h && p.source_w == p.target_w && p.pad_h == side / 2 && p.pad_w == side / 2;
  const bool tiles = p.target_h % whole_side == 0 && p.target_w % whole_side == 0 && k.planes > 0;
  const bool words = p.source_aligned && p.target_aligned && p.channels % (16 / element) == 0 && p.channels >= k.planes;
  const int step = filter.s < 0 ? -1 : 1;
  return same && tiles && words && is_worth_whole(k, side * side) && filter.s == step && filter.r == side * step &&
         filter.channel == side * side;
}

}  // namespace faltung::cuda_depthwise
