// NHWC window sums of 3 × 3 taps over large tensors of 16-bit elements: TMA copies whole rows into a ring.
#pragma once

#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

inline constexpr int rows_tma_pack = 2, rows_tma_columns = 8;  // channels and neighbouring outputs per thread
inline constexpr int rows_tma_threads = 512 + 32;              // per block, at most, with the copying warp
inline constexpr int rows_tma_warps = 20;                      // per SM, given the registers that the sums need
inline constexpr int rows_tma_bytes = 115 << 10;               // per SM, for slots: more was slower
inline constexpr int least_slots = 4, most_slots = 8;          // per block

// A block has a strip of columns with all channels and takes every `step`-th tile of it.
struct RowsTma {
  int block_packs = 1, groups = 1;      // threads along the channels; threads along the columns of a strip
  int rows = 1;                         // of a tile
  int strips = 1, tiles = 1, step = 1;  // tiles: of a strip, over all images
  int slots = 1, slot_w = 1, slot_bytes = 0;
  int warps = 1;  // computing warps
  cuda::Divider by_block_packs, by_strips, by_tiles_h;
  int threads() const { return (warps + 1) * 32; }
  int blocks() const { return strips * step; }
  int shared_bytes() const { return slots * (slot_bytes + 16); }  // 16: the slot's two mbarriers
};

inline RowsTma rows_tma_of(const Planes& p, int filter_h, int filter_w, const DeviceInfo& gpu) {
  RowsTma k{.block_packs = p.channels / rows_tma_pack};
  for (int strips = 1; strips == 1 || (k.groups > 1 && k.block_packs * k.groups > rows_tma_threads - 32); ++strips)
    k.groups = divide_up(divide_up(p.target_w, strips), rows_tma_columns);
  k.strips = divide_up(p.target_w, k.groups * rows_tma_columns);
  k.warps = divide_up(k.block_packs * k.groups, 32);
  k.slot_w = k.groups * rows_tma_columns + filter_w - 1;
  k.slot_bytes = k.slot_w * p.channels * 2;
  const int of_sm = std::max(1, std::min(rows_tma_warps / (k.warps + 1), rows_tma_bytes / least_slots / k.slot_bytes));
  k.slots = std::clamp(rows_tma_bytes / of_sm / k.slot_bytes, least_slots, most_slots);
  const int blocks = std::max(1, gpu.sm_count * of_sm / k.strips);
  k.rows = cheapest_rows(p.target_h, [&](int rows) {
    return static_cast<std::int64_t>(divide_up(p.batch * divide_up(p.target_h, rows), blocks)) * (rows + filter_h - 1);
  });
  const int tiles_h = divide_up(p.target_h, k.rows);
  k.tiles = p.batch * tiles_h;
  k.step = std::min(k.tiles, blocks);
  k.by_block_packs = cuda::Divider(k.block_packs);
  k.by_strips = cuda::Divider(k.strips);
  k.by_tiles_h = cuda::Divider(tiles_h);
  return k;
}

// Each strip has at least one source column.
inline bool can_use_rows_tma(const Planes& p, const RowsTma& k, const DeviceInfo& gpu) {
  const int last = (k.strips - 1) * k.groups * rows_tma_columns - p.pad_w;
  return k.threads() <= rows_tma_threads && fits_block(k, gpu) && p.pad_w < k.slot_w && last < p.source_w;
}

// H100: faster than plain loads from 27 MiB of traffic up, about half of L2.
inline bool worth_rows_tma(const Planes& p, const RowsTma& k, const DeviceInfo& gpu) {
  return k.strips * k.groups * rows_tma_columns <= p.target_w + p.target_w / 4 &&
         bytes_moved(p, 2) >= cached_bytes(gpu) * 27 / 40;
}

inline std::optional<Launch> offer_nhwc_rows_tma(const Case& c, const DeviceInfo& gpu) {
  if (!loads_by_tma(c, gpu)) return {};
  const RowsTma k = rows_tma_of(c.planes, c.filter_h, c.filter_w, gpu);
  if (!can_use_rows_tma(c.planes, k, gpu)) return {};
  const double loss = worth_rows_tma(c.planes, k, gpu) ? 1 : where_it_loses;
  return launch_of(c, k, seconds_of(c, gpu, nhwc_efficiency) * loss);
}

void launch_nhwc_rows_tma(const Launch& m, const Work& work);
void prepare_nhwc_rows_tma(const Launch& m);

}  // namespace faltung::cuda_depthwise
