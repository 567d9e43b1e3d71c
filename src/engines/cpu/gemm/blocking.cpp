#include "engines/cpu/gemm/blocking.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"

namespace faltung::cpu_gemm {
namespace {

// A block's panel of lanes stays in the first-level cache.
constexpr std::int64_t deepest_block = 320;
// A tile of C with room for its operands stays in the second-level cache.
constexpr std::int64_t most_rows = 240, most_lanes = 1024, most_sums = 96 * 1024;
// Fewer results than this, times 16, are too few for many threads: the depth is split as well.
constexpr std::int64_t full_tile = 96 * 192;
constexpr std::int64_t most_splits = 32, least_split_depth = 512;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return ceil_div(value, multiple) * multiple; }

std::int64_t block_depth(std::int64_t depth) {
  const std::int64_t blocks = std::max<std::int64_t>(ceil_div(depth, deepest_block), 1);
  return std::max<std::int64_t>(round_up(ceil_div(depth, blocks), 4), 4);
}

std::int64_t splits_of(const Work& work) {
  const double tiles = static_cast<double>(work.rows) * static_cast<double>(work.lanes) *
                       static_cast<double>(work.products) / static_cast<double>(full_tile);
  const auto wanted = static_cast<std::int64_t>(std::ceil(16 / std::max(tiles, 0.01)));
  return std::clamp(wanted, std::int64_t{1}, std::clamp(work.depth / least_split_depth, std::int64_t{1}, most_splits));
}

// Cycles of one tile, for one unit of depth.
double tile_cycles(const Work& work, std::int64_t rows, std::int64_t lanes) {
  const auto padded = static_cast<double>(round_up(lanes, work.vector_lanes));
  const double multiplying = static_cast<double>(rows) * padded / (2.0 * work.vector_lanes);
  return multiplying + work.row_packing * static_cast<double>(rows) + work.lane_packing * padded;
}

// Tiles of equal size, as far as the panels allow.
std::int64_t part_of(std::int64_t extent, std::int64_t parts, std::int64_t multiple) {
  return std::min(round_up(ceil_div(extent, parts), multiple), round_up(extent, multiple));
}

}  // namespace

Blocking blocking_of(const Work& work, bool may_split) {
  Blocking best{.tile = {.rows = work.panel_rows, .lanes = work.panel_lanes, .depth = block_depth(work.depth)}};
  best.splits = may_split ? splits_of(work) : 1;
  best.split_depth = std::max(round_up(ceil_div(work.depth, best.splits), best.tile.depth), best.tile.depth);
  best.splits = std::max<std::int64_t>(ceil_div(work.depth, best.split_depth), 1);
  double least = -1;
  const std::int64_t rows_least = std::max<std::int64_t>(ceil_div(work.rows, most_rows), 1);
  const std::int64_t lanes_least = std::max<std::int64_t>(ceil_div(work.lanes, most_lanes), 1);
  for (std::int64_t row_parts = rows_least; row_parts <= rows_least + 16; ++row_parts) {
    const std::int64_t rows = part_of(work.rows, row_parts, 1);
    if (rows < work.panel_rows && row_parts > rows_least) break;
    for (std::int64_t lane_parts = lanes_least; lane_parts <= lanes_least * 4 + 32; ++lane_parts) {
      const std::int64_t lanes = part_of(work.lanes, lane_parts, work.panel_lanes);
      if (rows * lanes > most_sums) continue;
      const auto tasks = static_cast<double>(ceil_div(work.rows, rows) * ceil_div(work.lanes, lanes) * best.splits) *
                         static_cast<double>(work.products);
      const double threads = work.threads;
      // With few tasks a thread the last round decides; with many they even out.
      const double rounds = tasks > 8 * threads ? tasks / threads + 0.5 : std::ceil(tasks / threads);
      const double task_overhead = 3000.0 / static_cast<double>(std::max<std::int64_t>(best.split_depth, 1));
      const double cost = rounds * (tile_cycles(work, rows, lanes) + task_overhead);
      if (least < 0 || cost < least) {
        least = cost;
        best.tile.rows = rows;
        best.tile.lanes = lanes;
      }
      if (lanes <= work.panel_lanes) break;
    }
  }
  return best;
}

}  // namespace faltung::cpu_gemm
