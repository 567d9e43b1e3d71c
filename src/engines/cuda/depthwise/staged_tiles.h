// How blocks cover images that lie channel by channel where boxes of the source are staged.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int staged_pack = 4;                          // channels of a thread: 8 bytes
inline constexpr int staged_columns = 2;                       // outputs of a thread, beside each other
inline constexpr int staged_groups = 14;                       // of such columns, at most, of a block
inline constexpr int staged_threads = 192, staged_blocks = 3;  // at most, of a block; of a processor: bounds registers
inline constexpr int staged_warps = 20;                        // of a processor, with that many registers
inline constexpr int stage_count = 2;                          // one is summed while the next comes
inline constexpr int staged_bytes = 185 << 10;                 // of a processor, for all its blocks' stages

// A block has some of the channels and goes from tile to tile, `step` apart.
struct Staged {
  int channels = 8, lanes = 2;  // of a block; threads that have them
  int groups = 1, rows = 1;     // of a tile
  int pack_blocks = 1;          // blocks that cover the channels
  int tiles_w = 1, tiles = 1, step = 1;
  int box_w = 1, box_h = 1;  // of what is staged
  cuda::Divider by_lanes, by_pack_blocks, by_tiles_w, by_tiles_h;
  int threads() const { return (lanes * groups + 31) / 32 * 32; }
  int blocks() const { return pack_blocks * step; }
  FALTUNG_HOST_DEVICE int box_bytes() const { return channels * box_w * box_h * 2; }
  FALTUNG_HOST_DEVICE int stage_bytes() const { return (box_bytes() + 127) / 128 * 128; }
  int shared_bytes() const { return stage_count * (stage_bytes() + 8); }  // 8: of the barrier
};

// Channels of a block: whole sectors of memory, and few lanes without work; 0 where that is not to be had.
inline int staged_channels(int channels) { return channels % 32 == 0 ? 32 : channels % 48 == 0 ? 48 : 0; }

// Where it was faster than threads that read for themselves, measured on an H100: neither little work, which they finish
// sooner, nor images of more than 60 to 100 MiB.
inline bool worth_staging(const Planes& p) {
  const int channels = staged_channels(p.channels);
  const std::int64_t pixels = std::int64_t{p.source_h} * p.source_w + std::int64_t{p.target_h} * p.target_w;
  const std::int64_t mib = (pixels * p.channels * p.batch * 2) >> 20;
  return channels > 0 && p.target_w >= staged_groups * staged_columns && mib >= 29 && mib < (channels == 32 ? 100 : 60);
}

inline Staged staged_of(const Planes& p, int filter_h, int filter_w) {
  Staged k{.channels = staged_channels(p.channels)};
  k.lanes = k.channels / staged_pack;
  k.pack_blocks = p.channels / k.channels;
  k.tiles_w = divide_up(p.target_w, staged_groups * staged_columns);
  k.groups = divide_up(divide_up(p.target_w, k.tiles_w), staged_columns);
  k.box_w = k.groups * staged_columns + filter_w - 1;
  // Two blocks of a processor take turns with memory; small ones are more. Tall tiles read few rows twice.
  const int blocks = k.threads() <= 128 ? staged_warps * 32 / k.threads() : 2;
  const int most_rows = staged_bytes / (blocks * stage_count * k.channels * k.box_w * 2) - (filter_h - 1);
  const int tiles_h = divide_up(p.target_h, std::max(1, most_rows));
  k.rows = divide_up(p.target_h, tiles_h);
  k.box_h = k.rows + filter_h - 1;
  k.tiles = p.batch * k.tiles_w * tiles_h;
  k.step = std::min(k.tiles, std::max(1, processors * blocks / k.pack_blocks));
  k.by_lanes = cuda::Divider(k.lanes);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_tiles_h = cuda::Divider(tiles_h);
  return k;
}

}  // namespace faltung::cuda_depthwise
