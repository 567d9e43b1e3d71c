// How blocks cover images that lie channel by channel where window sums are matrix products and the tensor memory
// accelerator copies boxes: some channels, a part of a few images' rows, a few rows.
#pragma once

#include "engines/cuda/depthwise/matrix_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int bulk_rows = 2;                // of a step
inline constexpr int bulk_stages = 4;              // steps of source rows that are staged
inline constexpr int bulk_results = 3;             // steps of finished rows that wait to be written
inline constexpr int most_bulk_bytes = 208 << 10;  // of shared memory; devices with the accelerator give 227 KiB

// A column: all rows of outputs of the tiles of a product. The blocks that have the same channels share the steps of
// all columns evenly, so that a block may end one column and begin the next.
struct Bulk {
  int channels = 16;                   // of a block
  int tiles_w = 1, images = 1;         // of a product: tiles beside each other, images that have them
  int parts = 1, columns = 1;          // of an image's row; of all images
  int steps = 1, lead = 0;             // of a column; before its first, that only read
  int groups = 1, sharers = 1;         // of channels; blocks of a group
  int share = 1, rest = 0;             // steps of a block, lead included; blocks that have one more
  int row_bytes = 0, stage_bytes = 0;  // of the source, for a row and for a step
  cuda::Divider by_groups, by_tiles_w, by_parts, by_column;
  int blocks() const { return groups * sharers; }
  int threads() const { return channels * 8; }
  FALTUNG_HOST_DEVICE int staged() const { return (tiles_w + 1) * matrix_columns; }  // pixels of a row
  FALTUNG_HOST_DEVICE int results_bytes() const { return bulk_rows * matrix_tiles * matrix_columns * channels * 2; }
  int shared_bytes() const { return bulk_stages * stage_bytes + bulk_results * results_bytes(); }
};

// Where a block's steps begin, counted over all columns. Who begins within a column reads rows before, too, as many as
// its lead has or some more.
FALTUNG_HOST_DEVICE inline int first_step(const Bulk& k, int sharer) {
  const int at = sharer * k.share + (sharer < k.rest ? sharer : k.rest), column = k.by_column.quotient(at);
  const int step = k.by_column.remainder(at, column) - k.lead;
  return column * k.steps + (step > 0 ? step : 0);
}

// What the blocks take, in 10 ns of an H100, as measured with one block of 16 channels on a processor, with two, and
// with one of 32.
inline std::int64_t bulk_cost(const Bulk& k, int filter_h, int sharers) {
  const bool whole = k.columns % sharers == 0;
  const int most = k.channels == 32 ? processors : 2 * processors, blocks = k.groups * sharers;
  const std::int64_t steps =
      std::int64_t{divide_up(blocks, most)} *
      (divide_up(k.columns * (k.steps + k.lead), sharers) + (whole ? 0 : (filter_h - 1) / bulk_rows));
  if (k.channels == 32) return 270 + 108 * steps;
  return blocks <= processors ? 160 + 90 * steps : 10 + 135 * steps;
}

inline void share_steps(Bulk& k, int filter_h, int sharers) {
  const int most = std::min(std::max(sharers / k.groups, 1), k.columns * k.steps);
  k.sharers = most;
  for (int n = most; n > 0; --n)
    if (bulk_cost(k, filter_h, n) <= bulk_cost(k, filter_h, k.sharers)) k.sharers = n;
  const int steps = k.columns * (k.steps + k.lead);
  k.share = steps / k.sharers;
  k.rest = steps % k.sharers;
}

inline Bulk bulk_with(const Planes& p, int filter_h, int channels) {
  Bulk k{.channels = channels};
  const int tiles = divide_up(p.target_w, matrix_columns);
  k.parts = divide_up(tiles, matrix_tiles);
  k.tiles_w = divide_up(tiles, k.parts);
  k.images = std::min(matrix_tiles / k.tiles_w, p.batch);
  k.columns = divide_up(p.batch, k.images) * k.parts;
  k.steps = divide_up(p.target_h, bulk_rows);
  k.lead = divide_up(std::max(filter_h - 1 - std::max(p.pad_h, 0), 0), bulk_rows);
  k.groups = divide_up(p.channels, channels);
  k.row_bytes = k.images * k.staged() * channels * 2;
  k.stage_bytes = bulk_rows * k.row_bytes;
  k.by_groups = cuda::Divider(k.groups);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_parts = cuda::Divider(k.parts);
  k.by_column = cuda::Divider(k.steps + k.lead);
  share_steps(k, filter_h, channels == 32 ? processors : 2 * processors);
  return k;
}

inline Bulk bulk_of(const Planes& p, int filter_h) {
  const Bulk narrow = bulk_with(p, filter_h, 16), wide = bulk_with(p, filter_h, 32);
  return bulk_cost(wide, filter_h, wide.sharers) < bulk_cost(narrow, filter_h, narrow.sharers) ? wide : narrow;
}

// Products are of whole images' rows, and so may be more than those whose tiles are counted over all images; little
// work is done sooner by blocks that wait for no maps.
inline bool is_worth_bulk_copies(const Bulk& k, const Matrix& m, int filter_h) {
  return k.columns * 4 <= m.tile_blocks * 5 && bulk_cost(k, filter_h, k.sharers) > 900;
}

}  // namespace faltung::cuda_depthwise
