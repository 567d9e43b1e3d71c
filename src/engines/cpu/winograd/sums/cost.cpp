#include "engines/cpu/winograd/sums/cost.h"

#include <algorithm>

#include "engines/cpu/winograd/rates.h"
#include "kernels/gemm/product.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {
namespace {

double carrying(const Work& work, Role role, std::int64_t channel_stride) {
  const bool converts = as_double(work.number_bytes) != as_double(size_of(work.problem.operand(role).dtype));
  return carrying_cycles(channel_stride, converts, work.block.lanes);
}

double input_cycles(const Work& work) {
  const TileAxis &down = work.cut.down, &across = work.cut.across;
  const double moves = as_double(2 * down.products * across.outputs + 2 * down.products * across.products);
  const double carried = as_double(down.products * across.outputs) *
                         carrying(work, work.correlation.source, work.correlation.source_channel);
  return as_double(work.cut.tiles() * work.block.v.taps * ceil_div(work.block.v.channels, work.block.lanes)) *
         (moves * move_cycles + carried);
}

double output_cycles(const Work& work) {
  const TileAxis &down = work.cut.down, &across = work.cut.across;
  const auto results = as_double(down.outputs * across.outputs);
  const double moves =
      as_double(down.products * (across.products + across.outputs) + across.outputs * (down.products + down.outputs));
  const double stored = work.problem.epilogue.empty() && !work.problem.accumulate ? 0 : 2 * move_cycles;
  const double carried = carrying(work, work.correlation.written, work.correlation.written_channel) + stored;
  return as_double(work.cut.tiles() * ceil_div(work.block.written_channels, work.block.lanes)) *
         (moves * move_cycles + results * carried);
}

double weight_cycles(const Work& work, const DeviceInfo& device) {
  const TileAxis &down = work.cut.down, &across = work.cut.across;
  if (work.problem.constant_weights) return 0;
  const std::int64_t inner = across.taps_inside();
  const double moves =
      as_double(inner * (down.taps_inside() + down.products) + down.products * (inner + across.products));
  const double turned = as_double(down.taps_inside() * inner * work.block.lanes) * turn_cycles;
  const std::int64_t vectors = ceil_div(work.block.written_channels, work.block.lanes);
  const double bytes = as_double(work.block.panel_numbers() * work.number_bytes) *
                       (work.schedule.weights_ahead ? as_double(work.block.panels()) : 1);
  const double writing = as_double(work.block.weight_numbers() * work.number_bytes) / rate(device, bytes);
  return as_double(vectors * work.block.v.channels * work.block.v.taps) * (moves * move_cycles + turned) + writing;
}

// For one index of depth, all rows and lanes of a product.
double product_cycles(const Work& work, double multiply_adds, std::int64_t tiles) {
  const gemm::RowCut rows(tiles, work.tallest);
  const std::int64_t vectors = work.block.panel / work.block.lanes;
  const std::int64_t all = ceil_div(work.block.written_channels, work.block.lanes);
  const auto panel = [&](std::int64_t wide) {
    return std::max(as_double(tiles * wide) / multiply_adds, latency * as_double(rows.panels));
  };
  return as_double(all / vectors) * panel(vectors) + (all % vectors ? panel(all % vectors) : 0);
}

// U or V, whatever is read again for each block or each panel, and the other once.
double reading_cycles(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const double blocks = as_double(ceil_div(work.cut.tiles(), block.v.tiles)), panels = as_double(block.panels());
  const double u = as_double(block.weight_numbers() * work.number_bytes);
  const double v = as_double(block.v.numbers() * work.number_bytes) * blocks;
  const bool by_panel = work.schedule.by_panel;
  return u * (by_panel ? 1 : blocks) /
             rate(device, by_panel && !work.schedule.weights_ahead && !work.problem.constant_weights ? u / panels : u) +
         (by_panel ? v * (panels + 1) / rate(device, v) : 0);
}

double products_cycles(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const std::int64_t all = work.cut.tiles(), blocks = ceil_div(all, block.v.tiles);
  const double multiply_adds = multiply_adds_of(device, work.number_bytes, block.lanes);
  const std::int64_t rest = all - (blocks - 1) * block.v.tiles;
  const double loops = as_double(blocks - 1) * product_cycles(work, multiply_adds, block.v.tiles) +
                       product_cycles(work, multiply_adds, rest);
  const double calls = as_double(blocks * gemm::RowCut(block.v.tiles, work.tallest).panels * block.panels() *
                                 block.v.channel_blocks() * block.v.taps * block.v.products);
  return std::max(as_double(block.v.products * block.v.taps * block.v.channels) * loops / best_share,
                  reading_cycles(work, device)) +
         calls * (call_cycles + as_double(work.tallest * block.panel / block.lanes) * move_cycles);
}

}  // namespace

Cost cost_of(const Work& work, const DeviceInfo& device) {
  const Geometry& g = work.problem.geometry;
  const double groups = as_double(g.groups) * few_channels_share(g);
  return {.weights = groups * weight_cycles(work, device),
          .input = groups * input_cycles(work),
          .products = groups * products_cycles(work, device),
          .output = groups * output_cycles(work)};
}

}  // namespace faltung::cpu_winograd
