// NHWC window sums of many taps and 16-bit elements on tensor cores, with TMA: a block has a few channels and a few
// rows of a part of several images.
#pragma once

#include "engines/cuda/depthwise/nhwc/mma/cp_async.h"

namespace faltung::cuda_depthwise {

inline constexpr int mma_tma_rows = 2;                // rows per step
inline constexpr int mma_tma_stages = 4;              // steps of source rows in flight
inline constexpr int mma_tma_results = 3;             // steps of finished rows that wait to be stored
inline constexpr int most_mma_tma_bytes = 208 << 10;  // of shared memory

// A column: all output rows of the tiles of one MMA. The blocks of a channel group divide the steps of all columns
// evenly; a block may end one column and start the next.
struct MmaTma {
  int channels = 16;                   // of a block
  int tiles_w = 1, images = 1;         // of an MMA: tiles side by side, images that contribute them
  int row_parts = 1, columns = 1;      // parts that an image's row is cut into; columns of all images
  int steps = 1, warmup = 0;           // steps of a column; warm-up steps before the first output, which only read
  int groups = 1, group_blocks = 1;    // of channels; blocks of a group
  int steps_each = 1, remainder = 0;   // steps of a block, with the warm-up; blocks that have one step more
  int row_bytes = 0, stage_bytes = 0;  // of the source, per row and per step
  cuda::Divider by_groups, by_tiles_w, by_row_parts, by_column;
  int blocks() const { return groups * group_blocks; }
  int threads() const { return channels * 8; }
  FALTUNG_HOST_DEVICE int staged() const { return (tiles_w + 1) * mma_columns; }  // pixels of a row in a stage
  FALTUNG_HOST_DEVICE int results_bytes() const { return mma_tma_rows * mma_tiles * mma_columns * channels * 2; }
  int shared_bytes() const { return mma_tma_stages * stage_bytes + mma_tma_results * results_bytes(); }
};

// First step of a block, counted over all columns. A block that starts inside a column first reads the rows above, at
// least as many as the warm-up of a column.
FALTUNG_HOST_DEVICE inline int first_step(const MmaTma& k, int rank) {
  const int at = rank * k.steps_each + (rank < k.remainder ? rank : k.remainder), column = k.by_column.quotient(at);
  const int step = k.by_column.remainder(at, column) - k.warmup;
  return column * k.steps + (step > 0 ? step : 0);
}

// Expected time in units of 10 ns, fitted on an H100: for one and for two blocks of 16 channels per SM, and for one of
// 32.
inline std::int64_t mma_tma_cost(const MmaTma& k, int filter_h, int group_blocks, const DeviceInfo& gpu) {
  const bool whole = k.columns % group_blocks == 0;
  const int most = k.channels == 32 ? gpu.sm_count : 2 * gpu.sm_count, blocks = k.groups * group_blocks;
  const std::int64_t steps =
      std::int64_t{divide_up(blocks, most)} *
      (divide_up(k.columns * (k.steps + k.warmup), group_blocks) + (whole ? 0 : (filter_h - 1) / mma_tma_rows));
  if (k.channels == 32) return 270 + 108 * steps;
  return blocks <= gpu.sm_count ? 160 + 90 * steps : 10 + 135 * steps;
}

inline void split_steps(MmaTma& k, int filter_h, int group_blocks, const DeviceInfo& gpu) {
  const int most = std::min(std::max(group_blocks / k.groups, 1), k.columns * k.steps);
  k.group_blocks = most;
  for (int n = most; n > 0; --n)
    if (mma_tma_cost(k, filter_h, n, gpu) <= mma_tma_cost(k, filter_h, k.group_blocks, gpu)) k.group_blocks = n;
  const int steps = k.columns * (k.steps + k.warmup);
  k.steps_each = steps / k.group_blocks;
  k.remainder = steps % k.group_blocks;
}

inline MmaTma mma_tma_with(const Planes& p, int filter_h, int channels, const DeviceInfo& gpu) {
  MmaTma k{.channels = channels};
  const int tiles = divide_up(p.target_w, mma_columns);
  k.row_parts = divide_up(tiles, mma_tiles);
  k.tiles_w = divide_up(tiles, k.row_parts);
  k.images = std::min(mma_tiles / k.tiles_w, p.batch);
  k.columns = divide_up(p.batch, k.images) * k.row_parts;
  k.steps = divide_up(p.target_h, mma_tma_rows);
  k.warmup = divide_up(std::max(filter_h - 1 - std::max(p.pad_h, 0), 0), mma_tma_rows);
  k.groups = divide_up(p.channels, channels);
  k.row_bytes = k.images * k.staged() * channels * 2;
  k.stage_bytes = mma_tma_rows * k.row_bytes;
  k.by_groups = cuda::Divider(k.groups);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_row_parts = cuda::Divider(k.row_parts);
  k.by_column = cuda::Divider(k.steps + k.warmup);
  split_steps(k, filter_h, channels == 32 ? gpu.sm_count : 2 * gpu.sm_count, gpu);
  return k;
}

inline MmaTma mma_tma_of(const Planes& p, int filter_h, const DeviceInfo& gpu) {
  const MmaTma narrow = mma_tma_with(p, filter_h, 16, gpu), wide = mma_tma_with(p, filter_h, 32, gpu);
  return mma_tma_cost(wide, filter_h, wide.group_blocks, gpu) < mma_tma_cost(narrow, filter_h, narrow.group_blocks, gpu)
             ? wide
             : narrow;
}

// A TMA box cannot span two images, so this kernel may need more MMA tiles than nhwc/mma/cp_async; allow 25 % more.
// Below 9 µs the descriptors cost more than they save.
inline bool worth_mma_tma(const MmaTma& k, const Mma& m, int filter_h, const DeviceInfo& gpu) {
  return k.columns * 4 <= m.tile_blocks * 5 && mma_tma_cost(k, filter_h, k.group_blocks, gpu) > 900;
}

// Activations need too many registers beside the sums.
inline bool can_use_mma_tma(const Case& c, const DeviceInfo& gpu) {
  const Planes& p = c.planes;
  return can_use_mma(c, most_mma_tma_bytes, gpu) && gpu.capability >= first_with_tma &&
         c.activation == Activation::none && std::min({p.source_h, p.source_w, p.target_h, p.target_w}) > 0;
}

inline std::optional<Launch> offer_nhwc_mma_tma(const Case& c, const DeviceInfo& gpu) {
  if (!can_use_mma_tma(c, gpu)) return {};
  const MmaTma k = mma_tma_of(c.planes, c.filter_h, gpu);
  const double loss = worth_mma_tma(k, mma_of(c.planes, c.filter_h, gpu), c.filter_h, gpu) ? 1 : where_it_loses;
  return launch_of(c, k, seconds_of(c, gpu, mma_efficiency) * loss);
}

void launch_nhwc_mma_tma(const Launch& m, const Work& work);
void prepare_nhwc_mma_tma(const Launch& m);

}  // namespace faltung::cuda_depthwise
