// How blocks cover images that lie channel by channel where each stages one box of the source.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int boxed_pack = 4, boxed_columns = 2;      // channels of a thread, and outputs beside each other
inline constexpr int boxed_groups = 14;                      // of such columns, at most, of a block
inline constexpr int boxed_threads = 192, boxed_blocks = 3;  // at most, of a block; of a processor: bounds registers
inline constexpr int boxed_warps = 20;                       // of a processor, with that many registers
inline constexpr int least_boxed_warps = 7;                  // of a processor: fewer leave it idle
inline constexpr int least_boxed_rows = 7, most_boxed_rows = 254;  // a box has two more, at most 256
inline constexpr int boxed_bytes = 100 << 10;                      // of a block

struct Boxed {
  int channels = 8, lanes = 2;  // of a block; threads that have them
  int groups = 1, rows = 1;     // of a tile
  int pack_blocks = 1, tiles_w = 1, tiles = 1;
  int box_w = 1, box_h = 1;  // of what is staged
  cuda::Divider by_lanes, by_pack_blocks, by_tiles_w, by_tiles_h;
  int threads() const { return (lanes * groups + 31) / 32 * 32; }
  int blocks() const { return pack_blocks * tiles; }
  FALTUNG_HOST_DEVICE int box_bytes() const { return channels * box_w * box_h * 2; }
  int shared_bytes() const { return box_bytes() + 8; }  // 8: of the barrier
};

// Channels of a block: whole sectors of memory, and few lanes without work; 0 where that is not to be had.
inline int boxed_channels(int channels) { return channels % 32 == 0 ? 32 : channels % 48 == 0 ? 48 : 0; }

inline Boxed with_rows(Boxed k, const Planes& p, int filter_h, int rows) {
  const int tiles_h = divide_up(p.target_h, rows);
  k.rows = rows;
  k.box_h = rows + filter_h - 1;
  k.tiles = p.batch * k.tiles_w * tiles_h;
  k.by_tiles_h = cuda::Divider(tiles_h);
  return k;
}

// Short boxes read more rows twice; but more warps are at work, and hide what each waits for.
inline Boxed cut_to_fill(Boxed k, const Planes& p, int filter_h) {
  for (;;) {
    const Boxed half = with_rows(k, p, filter_h, divide_up(k.rows, 2));
    const auto warps = [](const Boxed& b) {
      return std::int64_t{divide_up(b.blocks(), processors)} * b.threads() / 32;
    };
    const bool idle = k.rows > 1 && warps(k) < least_boxed_warps, worth = half.rows >= least_boxed_rows;
    if (!idle && !(worth && warps(half) <= boxed_warps)) return k;
    k = half;
  }
}

inline Boxed boxed_of(const Planes& p, int filter_h, int filter_w) {
  Boxed k{.channels = boxed_channels(p.channels)};
  k.tiles_w = divide_up(p.target_w, boxed_groups * boxed_columns);
  k.groups = divide_up(divide_up(p.target_w, k.tiles_w), boxed_columns);
  k.tiles_w = divide_up(p.target_w, k.groups * boxed_columns);
  k.lanes = k.channels / boxed_pack;
  if (k.threads() < 64 && p.channels % (2 * k.channels) == 0) k.channels *= 2, k.lanes *= 2;
  k.pack_blocks = p.channels / k.channels;
  k.box_w = k.groups * boxed_columns + filter_w - 1;
  k.by_lanes = cuda::Divider(k.lanes);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  return cut_to_fill(with_rows(k, p, filter_h, std::min(p.target_h, most_boxed_rows)), p, filter_h);
}

// Where it was faster than other ways, measured on an H100: where all blocks are at work at once. Of much more than the
// cache holds, whole rows come sooner.
inline bool worth_boxing(const Planes& p, const Boxed& k) {
  const std::int64_t blocks = divide_up(k.blocks(), processors);
  return blocks * k.threads() <= boxed_warps * 32 && blocks * (k.shared_bytes() + 1024) <= 228 << 10 &&
         k.shared_bytes() <= boxed_bytes && bytes_moved(p, 2) < 40 << 20;
}

}  // namespace faltung::cuda_depthwise
