// How blocks cover images that lie channel by channel where rows of the source are staged.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int staged_pack = 2, staged_columns = 8;  // channels of a thread, and outputs beside each other
inline constexpr int staged_threads = 512 + 32;            // of a block, at most, with the warp that copies
inline constexpr int staged_warps = 20;                    // of a processor, with the registers that the sums need
inline constexpr int staged_bytes = 115 << 10;             // of a processor, for slots: with more it took longer
inline constexpr int least_slots = 4, most_slots = 8;      // of a block
inline constexpr int most_staged_bytes = 227 << 10;        // of a block

// A block has a strip of the columns, with all channels, and goes from tile to tile, `step` apart.
struct Staged {
  int lanes = 1, groups = 1;            // threads that have all channels; that have the columns of a strip
  int rows = 1;                         // of a tile
  int strips = 1, tiles = 1, step = 1;  // tiles: of a strip, in all images
  int slots = 1, slot_w = 1, slot_bytes = 0;
  int warps = 1;  // that sum
  cuda::Divider by_lanes, by_strips, by_tiles_h;
  int threads() const { return (warps + 1) * 32; }
  int blocks() const { return strips * step; }
  int shared_bytes() const { return slots * (slot_bytes + 16); }  // 16: of the slot's barriers
};

inline Staged staged_of(const Planes& p, int filter_h, int filter_w) {
  Staged k{.lanes = p.channels / staged_pack};
  for (int strips = 1; strips == 1 || (k.groups > 1 && k.lanes * k.groups > staged_threads - 32); ++strips)
    k.groups = divide_up(divide_up(p.target_w, strips), staged_columns);
  k.strips = divide_up(p.target_w, k.groups * staged_columns);
  k.warps = divide_up(k.lanes * k.groups, 32);
  k.slot_w = k.groups * staged_columns + filter_w - 1;
  k.slot_bytes = k.slot_w * p.channels * 2;
  const int of_processor =
      std::max(1, std::min(staged_warps / (k.warps + 1), staged_bytes / least_slots / k.slot_bytes));
  k.slots = std::clamp(staged_bytes / of_processor / k.slot_bytes, least_slots, most_slots);
  const int blocks = std::max(1, processors * of_processor / k.strips);
  k.rows = cheapest_rows(p.target_h, [&](int rows) {
    return static_cast<std::int64_t>(divide_up(p.batch * divide_up(p.target_h, rows), blocks)) * (rows + filter_h - 1);
  });
  const int tiles_h = divide_up(p.target_h, k.rows);
  k.tiles = p.batch * tiles_h;
  k.step = std::min(k.tiles, blocks);
  k.by_lanes = cuda::Divider(k.lanes);
  k.by_strips = cuda::Divider(k.strips);
  k.by_tiles_h = cuda::Divider(tiles_h);
  return k;
}

// Where it was faster than threads that read for themselves, measured on an H100. Every strip has columns of the image.
inline bool worth_staging(const Planes& p, const Staged& k) {
  const int columns = k.groups * staged_columns, last = (k.strips - 1) * columns - p.pad_w;
  return k.threads() <= staged_threads && k.shared_bytes() <= most_staged_bytes &&
         k.strips * columns <= p.target_w + p.target_w / 4 && p.pad_w < k.slot_w && last < p.source_w &&
         bytes_moved(p, 2) >= 27 << 20;
}

}  // namespace faltung::cuda_depthwise
