#include "engines/cpu/winograd/cost.h"

#include <algorithm>

#include "kernels/gemm/product.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {
namespace {

// Measured on a Zen 5 with AVX-512.
constexpr double move_cycles = 0.9;     // of loading or storing a vector, the arithmetic between included
constexpr double turn_cycles = 0.45;    // of a number that changes places with others
constexpr double convert_cycles = 0.3;  // of a number
constexpr double call_cycles = 30;      // of the micro-kernel beside its loop
constexpr double latency = 4;           // between a multiply-add and the next to the same sum
constexpr double best_share = 0.88;     // of the multiply-adds that a cycle has room for
constexpr double memory_rates = 1.5;    // a stream that is read, beside a copy
constexpr double l2_bytes_per_cycle = 32, l3_bytes_per_cycle = 10;

// Bytes a cycle of what is as large as that.
double rate(const DeviceInfo& device, double bytes) {
  if (bytes < static_cast<double>(device.l2_bytes) / 2) return l2_bytes_per_cycle;
  return bytes < static_cast<double>(device.l3_bytes) / 2
             ? l3_bytes_per_cycle
             : memory_rates * device.bytes_per_second / device.threads / device.hertz;
}

// Of an operand's vector on the way to or from the lanes.
double carrying(const Work& work, Role role, std::int64_t channel_stride) {
  const auto lanes = as_double(work.block.lanes);
  const bool converts = as_double(work.number_bytes) != as_double(size_of(work.problem.operand(role).dtype));
  return (channel_stride == 1 ? 0 : turn_cycles * lanes) + (converts ? convert_cycles * lanes + 2 * move_cycles : 0);
}

double input_cycles(const Work& work) {
  const TileAxis &down = work.cut.down, &across = work.cut.across;
  const double moves = as_double(2 * down.products * across.outputs + 2 * down.products * across.products);
  const double carried = as_double(down.products * across.outputs) *
                         carrying(work, work.correlation.source, work.correlation.source_channel);
  return as_double(work.cut.tiles() * work.block.taps * ceil_div(work.block.source_channels, work.block.lanes)) *
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
  return as_double(vectors * work.block.source_channels * work.block.taps) * (moves * move_cycles + turned) +
         2 * writing;
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
  const double blocks = as_double(ceil_div(work.cut.tiles(), block.tiles)), panels = as_double(block.panels());
  const double u = as_double(block.weight_numbers() * work.number_bytes);
  const double v = as_double(block.source_numbers() * work.number_bytes) * blocks;
  const bool by_panel = work.schedule.by_panel;
  return u * (by_panel ? 1 : blocks) /
             rate(device, by_panel && !work.schedule.weights_ahead && !work.problem.constant_weights ? u / panels : u) +
         (by_panel ? v * (panels + 1) / rate(device, v) : 0);
}

double products_cycles(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const std::int64_t all = work.cut.tiles(), blocks = ceil_div(all, block.tiles);
  const DType type = work.number_bytes == 8 ? DType::f64 : DType::f32;
  const double multiply_adds =
      device.ceiling(type, Unit::vector) / device.threads / device.hertz / (2 * as_double(block.lanes));
  const std::int64_t rest = all - (blocks - 1) * block.tiles;
  const double loops = as_double(blocks - 1) * product_cycles(work, multiply_adds, block.tiles) +
                       product_cycles(work, multiply_adds, rest);
  const double calls = as_double(blocks * gemm::RowCut(block.tiles, work.tallest).panels * block.panels() *
                                 block.channel_blocks() * block.taps * block.products);
  return std::max(as_double(block.products * block.taps * block.source_channels) * loops / best_share,
                  reading_cycles(work, device)) +
         calls * call_cycles;
}

}  // namespace

Cost cost_of(const Work& work, const DeviceInfo& device) {
  const auto groups = as_double(work.problem.geometry.groups);
  return {.weights = groups * weight_cycles(work, device),
          .input = groups * input_cycles(work),
          .products = groups * products_cycles(work, device),
          .output = groups * output_cycles(work)};
}

}  // namespace faltung::cpu_winograd
