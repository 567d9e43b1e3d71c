#include "engines/cpu/gemm/blocking.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"

namespace faltung::cpu_gemm {
namespace {

// Fewer results than this, times 16, are too few for many threads: the depth is split as well.
constexpr std::int64_t full_tile = 96 * 192;
constexpr std::int64_t most_splits = 32, least_split_depth = 512;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return ceil_div(value, multiple) * multiple; }

std::int64_t splits_of(const Work& work) {
  const double tiles = static_cast<double>(work.rows) * static_cast<double>(work.lanes) *
                       static_cast<double>(work.products) / static_cast<double>(full_tile);
  const auto wanted = static_cast<std::int64_t>(std::ceil(16 / std::max(tiles, 0.01)));
  return std::clamp(wanted, std::int64_t{1}, std::clamp(work.depth / least_split_depth, std::int64_t{1}, most_splits));
}

// Tiles for more than this were slower on cores with 2 MiB, all cores at work: 3 to 5 % over VGG-16 and ResNet-50.
constexpr std::int64_t largest_tile = 1 << 20;

std::int64_t cache_of(const Core& core, int shrink) { return std::min(core.l2_bytes, largest_tile) / shrink; }

// What a tile may have of the second-level cache: 3/10 for its packed rows, 3/8 for its sums, 1/6 for the group of
// panels of lanes that was packed last; the rest is for what streams through.
struct Limits {
  std::int64_t rows = 1, sums = 1, group = 1;
};

Limits limits_of(const Work& work, std::int64_t depth, int shrink) {
  constexpr std::int64_t group_bytes = 512;  // that one index of depth has in a group: several lines of memory
  const std::int64_t cache = cache_of(work.core, shrink);
  const std::int64_t group = std::min(group_bytes, cache / 6 / depth) / work.panel_bytes;
  const std::int64_t sums =
      std::max<std::int64_t>(cache * 3 / 8 / work.number_bytes, work.panel_rows * work.panel_lanes);
  const std::int64_t packed = rows_bytes(work.core, shrink) / (depth * work.number_bytes);
  const std::int64_t rows = std::min(work.most_rows > 0 ? work.most_rows : packed, sums / work.panel_lanes);
  return {.rows = std::max<std::int64_t>(rows, work.panel_rows),
          .sums = sums,
          .group = std::clamp<std::int64_t>(group, 1, gemm::max_group_panels)};
}

// Cycles of a call of the micro-kernel beside its loop: its sums are cleared, added to C and stored.
constexpr double call_cycles = 30;
// Of a task: finding its place, working out the depth.
constexpr double task_cycles = 3000;
// Between a multiply-add and the next that adds to the same sum.
constexpr double latency = 4;

// Of the panels of one width, all rows, for one index of depth.
double panel_cycles(const Work& work, std::int64_t rows, std::int64_t lanes) {
  const std::int64_t panels = ceil_div(rows, work.panel_rows), vectors = ceil_div(lanes, work.vector_lanes);
  const double sums = static_cast<double>(rows * vectors) / work.core.multiply_adds;
  return std::max(sums, static_cast<double>(panels) * latency);
}

// A tile with `depth` of the depth, in blocks of `block`.
double tile_cycles(const Work& work, std::int64_t rows, std::int64_t lanes, std::int64_t depth, std::int64_t block) {
  const std::int64_t full = lanes / work.panel_lanes, rest = lanes % work.panel_lanes;
  const double calls = static_cast<double>(ceil_div(rows, work.panel_rows) * (full + (rest > 0 ? 1 : 0))) *
                       static_cast<double>(ceil_div(depth, block));
  double each = static_cast<double>(full) * panel_cycles(work, rows, work.panel_lanes);
  if (rest > 0) each += panel_cycles(work, rows, rest);
  each += work.row_packing * static_cast<double>(rows) +
          work.lane_packing * static_cast<double>(round_up(lanes, work.vector_lanes));
  return each * static_cast<double>(depth) + call_cycles * calls + task_cycles;
}

// Tiles of equal size, as far as the panels allow.
std::int64_t part_of(std::int64_t extent, std::int64_t parts, std::int64_t multiple) {
  return std::min(round_up(ceil_div(extent, parts), multiple), round_up(extent, multiple));
}

// All tiles of all products. The last ones of a row or a column are smaller.
double total_cycles(const Work& work, const Blocking& b, std::int64_t rows, std::int64_t lanes, std::int64_t depth) {
  const std::int64_t down = ceil_div(work.rows, rows), across = ceil_div(work.lanes, lanes);
  const auto row_of_tiles = [&](std::int64_t height) {
    return static_cast<double>(across - 1) * tile_cycles(work, height, lanes, depth, b.tile.depth) +
           tile_cycles(work, height, work.lanes - (across - 1) * lanes, depth, b.tile.depth);
  };
  return (static_cast<double>(down - 1) * row_of_tiles(rows) + row_of_tiles(work.rows - (down - 1) * rows)) *
         static_cast<double>(work.products * b.splits);
}

// Of the thread that has most to do. With few tasks for each, the last round decides, and smaller tasks make up for
// threads that come late or are interrupted; with many they even out.
double busiest_cycles(double all, double largest, double tasks, double threads) {
  constexpr double delay = 0.2;  // of a task
  if (threads == 1) return all;
  return tasks > 8 * threads ? all / threads + largest / 2 : (std::ceil(tasks / threads) + delay) * largest;
}

double cycles_of(const Work& work, const Blocking& b, std::int64_t rows, std::int64_t lanes) {
  const std::int64_t depth = std::min(b.split_depth, std::max<std::int64_t>(work.depth, 1));
  const std::int64_t turns = b.splits_in_turn ? b.splits : 1;
  const double tasks = static_cast<double>(ceil_div(work.rows, rows)) *
                       static_cast<double>(ceil_div(work.lanes, lanes)) * static_cast<double>(work.products) *
                       static_cast<double>(b.splits / turns);
  const double largest = tile_cycles(work, rows, std::min(lanes, work.lanes), depth, b.tile.depth);
  return busiest_cycles(total_cycles(work, b, rows, lanes, depth), static_cast<double>(turns) * largest, tasks,
                        work.threads);
}

// All of few numbers of parts, some of many: the more there are, the less one matters.
std::int64_t parts_step(std::int64_t least) { return 1 + least / 128; }

void choose_tile(const Work& work, const Limits& limits, Blocking& best) {
  const std::int64_t row_parts_least = std::max<std::int64_t>(ceil_div(work.rows, limits.rows), 1);
  for (std::int64_t row_parts = row_parts_least; row_parts <= row_parts_least + 16; ++row_parts) {
    const std::int64_t rows = part_of(work.rows, row_parts, 1);
    if (rows < work.panel_rows && row_parts > row_parts_least) break;
    const std::int64_t most_lanes = std::max<std::int64_t>(limits.sums / rows / work.panel_lanes, 1) * work.panel_lanes;
    const std::int64_t lane_parts_least = std::max<std::int64_t>(ceil_div(work.lanes, most_lanes), 1);
    for (std::int64_t lane_parts = lane_parts_least; lane_parts <= lane_parts_least * 4 + 32;
         lane_parts += parts_step(lane_parts_least)) {
      const std::int64_t lanes = part_of(work.lanes, lane_parts, work.panel_lanes);
      const double cycles = cycles_of(work, best, rows, lanes);
      if (best.cycles == 0 || cycles < best.cycles) {
        best.cycles = cycles;
        best.tile.rows = rows;
        best.tile.lanes = lanes;
      }
      if (lanes <= work.panel_lanes) break;
    }
  }
}

}  // namespace

std::int64_t deepest_block(const Core& core, std::int64_t panel_bytes) {
  constexpr std::int64_t rows_bytes = 12 << 10;
  return std::max<std::int64_t>(std::min(core.l1_bytes - rows_bytes, core.l1_bytes * 3 / 4) / panel_bytes, 64);
}

std::int64_t block_depth(const Work& work) {
  if (work.block_depth > 0) return work.block_depth;
  const std::int64_t deepest = deepest_block(work.core, work.panel_bytes);
  const std::int64_t blocks = std::max<std::int64_t>(ceil_div(work.depth, deepest), 1);
  return std::max<std::int64_t>(round_up(ceil_div(work.depth, blocks), 4), 4);
}

std::int64_t rows_bytes(const Core& core, int shrink) { return cache_of(core, shrink) * 3 / 10; }

Blocking blocking_of(const Work& work, bool may_split, int shrink) {
  Blocking best{.tile = {.depth = block_depth(work)}};
  best.splits = may_split ? splits_of(work) : 1;
  best.split_depth = std::max(round_up(ceil_div(work.depth, best.splits), best.tile.depth), best.tile.depth);
  best.splits = std::max<std::int64_t>(ceil_div(work.depth, best.split_depth), 1);
  best.splits_in_turn = shrink > 1 && best.splits > 1;
  const Limits limits = limits_of(work, best.tile.depth, shrink);
  best.tile.group = limits.group;
  choose_tile(work, limits, best);
  return best;
}

}  // namespace faltung::cpu_gemm
