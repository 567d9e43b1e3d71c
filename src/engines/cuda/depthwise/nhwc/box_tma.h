// NHWC window sums of 3 × 3 taps over small tensors of 16-bit elements: TMA loads a box of the source for each block.
#pragma once

#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

inline constexpr int box_tma_pack = 4, box_tma_columns = 2;  // channels and neighbouring outputs per thread
inline constexpr int box_tma_groups = 14;                    // per block, at most: groups of box_tma_columns outputs
inline constexpr int box_tma_threads = 192,
                     box_tma_blocks = 3;       // threads per block, at most; blocks per SM, which bounds the registers
inline constexpr int box_tma_warps = 20;       // per SM, with that many registers per thread
inline constexpr int least_box_tma_warps = 7;  // per SM: with fewer, the SM idles
inline constexpr int least_box_tma_rows = 7, most_box_tma_rows = 254;  // a box has two rows more, 256 at most
inline constexpr int box_tma_bytes = 100 << 10;                        // per block

struct BoxTma {
  int channels = 8, block_packs = 2;  // of a block; threads that cover them
  int groups = 1, rows = 1;           // of a tile
  int pack_blocks = 1, tiles_w = 1, tiles = 1;
  int box_w = 1, box_h = 1;  // of the box in shared memory
  cuda::Divider by_block_packs, by_pack_blocks, by_tiles_w, by_tiles_h;
  int threads() const { return (block_packs * groups + 31) / 32 * 32; }
  int blocks() const { return pack_blocks * tiles; }
  FALTUNG_HOST_DEVICE int box_bytes() const { return channels * box_w * box_h * 2; }
  int shared_bytes() const { return box_bytes() + 8; }  // 8: the mbarrier
};

// Channels of a block: whole 32-byte sectors and few idle threads. 0 if neither size divides the channels.
inline int box_tma_channels(int channels) { return channels % 32 == 0 ? 32 : channels % 48 == 0 ? 48 : 0; }

inline BoxTma with_rows(BoxTma k, const Planes& p, int filter_h, int rows) {
  const int tiles_h = divide_up(p.target_h, rows);
  k.rows = rows;
  k.box_h = rows + filter_h - 1;
  k.tiles = p.batch * k.tiles_w * tiles_h;
  k.by_tiles_h = cuda::Divider(tiles_h);
  return k;
}

// Shorter boxes load more halo rows twice, but more warps are resident to hide the latency.
inline BoxTma cut_to_fill(BoxTma k, const Planes& p, int filter_h, const DeviceInfo& gpu) {
  for (;;) {
    const BoxTma half = with_rows(k, p, filter_h, divide_up(k.rows, 2));
    const auto warps = [&](const BoxTma& b) {
      return std::int64_t{divide_up(b.blocks(), gpu.sm_count)} * b.threads() / 32;
    };
    const bool idle = k.rows > 1 && warps(k) < least_box_tma_warps, worth = half.rows >= least_box_tma_rows;
    if (!idle && !(worth && warps(half) <= box_tma_warps)) return k;
    k = half;
  }
}

inline BoxTma box_tma_of(const Planes& p, int filter_h, int filter_w, const DeviceInfo& gpu) {
  BoxTma k{.channels = box_tma_channels(p.channels)};
  k.tiles_w = divide_up(p.target_w, box_tma_groups * box_tma_columns);
  k.groups = divide_up(divide_up(p.target_w, k.tiles_w), box_tma_columns);
  k.tiles_w = divide_up(p.target_w, k.groups * box_tma_columns);
  k.block_packs = k.channels / box_tma_pack;
  if (k.threads() < 64 && p.channels % (2 * k.channels) == 0) k.channels *= 2, k.block_packs *= 2;
  k.pack_blocks = p.channels / k.channels;
  k.box_w = k.groups * box_tma_columns + filter_w - 1;
  k.by_block_packs = cuda::Divider(k.block_packs);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  return cut_to_fill(with_rows(k, p, filter_h, std::min(p.target_h, most_box_tma_rows)), p, filter_h, gpu);
}

// H100: fastest while the grid fits in one wave and x and y fit in L2; beyond that nhwc/rows_tma wins.
inline bool worth_box_tma(const Planes& p, const BoxTma& k, const DeviceInfo& gpu) {
  const std::int64_t blocks = divide_up(k.blocks(), gpu.sm_count);
  const std::int64_t bytes = blocks * (k.shared_bytes() + reserved_bytes);
  return blocks * k.threads() <= box_tma_warps * 32 && bytes <= static_cast<std::int64_t>(gpu.sm_shared_bytes) &&
         bytes_moved(p, 2) < cached_bytes(gpu);
}

inline std::optional<Launch> offer_nhwc_box_tma(const Case& c, const DeviceInfo& gpu) {
  if (!loads_by_tma(c, gpu) || box_tma_channels(c.planes.channels) == 0) return {};
  const BoxTma k = box_tma_of(c.planes, c.filter_h, c.filter_w, gpu);
  if (k.shared_bytes() > box_tma_bytes || !fits_block(k, gpu)) return {};
  const double loss = worth_box_tma(c.planes, k, gpu) ? 1 : where_it_loses;
  return launch_of(c, k, seconds_of(c, gpu, nhwc_efficiency) * loss);
}

void launch_nhwc_box_tma(const Launch& m, const Work& work);
void prepare_nhwc_box_tma(const Launch& m);

}  // namespace faltung::cuda_depthwise
