#include "engines/cpu/fft/cost.h"

#include <algorithm>

#include "engines/cpu/fft/place.h"
#include "engines/cpu/fft/schedule.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_fft {
namespace {

// Cycles, fitted to stages measured on a Zen 5 with AVX-512: of a transform and of a call of several; of a row of
// elements and of each of them; of a vector of complex numbers in a step, and loaded and stored; of a number that is
// turned.
constexpr double transform_cycles = 250, call_cycles = 50, row_cycles = 10, number_cycles = 0.11;
constexpr double step_cycles = 4.5, move_cycles = 2, turn_cycles = 0.6;
constexpr double far_cycles = 1.2, convert_cycles = 0.3;  // of an element that is not a number with others beside it
constexpr double product_cycles = 10, best_share = 0.9;   // of a call; of the multiply-adds that a cycle has room for
constexpr double l2_bytes_per_cycle = 64, l3_bytes_per_cycle = 25, memory_rates = 3;

double as_double(std::int64_t value) { return static_cast<double>(value); }

double rate(const DeviceInfo& device, double bytes) {
  if (bytes < static_cast<double>(device.l2_bytes) / 2) return l2_bytes_per_cycle;
  return bytes < static_cast<double>(device.l3_bytes) / 2
             ? l3_bytes_per_cycle
             : memory_rates * device.bytes_per_second / device.threads / device.hertz;
}

// Of an operand's elements in their innermost axis.
double element_cycles(const Work& work, Of of) {
  const CorrelationAxis& axis = work.cut.columns().transformed() ? work.cut.columns().axis : work.cut.folded().axis;
  const std::int64_t stride = of == Of::taps     ? axis.tap_stride
                              : of == Of::source ? axis.source_stride
                                                 : axis.written_stride;
  const bool near = stride == 1 && !(of == Of::taps && work.correlation.flipped);
  const Role role = access_of(work.problem, work.correlation, of).role;
  const bool converts = size_of(work.problem.operand(role).dtype) != static_cast<std::size_t>(work.number_bytes);
  return number_cycles + (near ? 0 : far_cycles) + (converts ? convert_cycles : 0);
}

// A tile's transform, its elements brought there or away included; `held`: bytes of all spectra that it is one of.
double unit_cycles(const Work& work, const DeviceInfo& device, Of of, std::int64_t held) {
  const Shape shape = work.cut.shape();
  const std::int64_t lanes = work.block.lanes, units = work.block.units, columns = columns_of(work.cut, of).count;
  const auto vectors = [&](std::int64_t numbers) {
    return as_double(ceil_div(units * numbers, lanes)) / as_double(units);
  };
  const auto steps = [](std::int64_t length) { return as_double(count_steps(length)); };
  const double rows = as_double(shape.rows()) * vectors(columns);
  const double across = as_double(shape.columns) * vectors(shape.rows());
  double elements = 1;
  for (const TileAxis& axis : work.cut.axes) elements *= as_double(axis.elements(of));
  const auto of_row = as_double(shape.single ? shape.columns : work.cut.columns().elements(of));
  const double spectrum = as_double(2 * shape.numbers() * work.number_bytes);
  const bool near = as_double(held) < static_cast<double>(device.l2_bytes) / 2;
  return transform_cycles + call_cycles / as_double(units) + row_cycles * elements / of_row +
         element_cycles(work, of) * elements +
         step_cycles * (rows * (steps(shape.folded) + steps(shape.middle)) + across * steps(shape.columns)) +
         move_cycles * (rows * (shape.single ? 2 : 1) + across) + turn_cycles * as_double(2 * shape.rows() * columns) +
         (near ? 0 : 2 * spectrum / rate(device, as_double(held)));
}

// Tiles of 3 × 3 sums at a time: what they multiply, or where there are few sums, what they load and store.
double products_cycles(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const DType type = work.number_bytes == 8 ? DType::f64 : DType::f32;
  const double per_cycle =
      device.ceiling(type, faltung::Unit::vector) / device.threads / device.hertz / (2 * as_double(block.lanes));
  const std::int64_t rows = block.gradient ? block.source : block.tiles;
  const std::int64_t depth = block.gradient ? block.tiles : block.source;
  const double tiles = as_double(ceil_div(rows, 3) * ceil_div(block.written, 3));
  const double sums = as_double(rows * block.written);
  const double loads = as_double(depth) * (3 * tiles + sums) + 2 * sums * as_double(ceil_div(depth, sum_block));
  const double adds = 4 * sums * as_double(depth) / per_cycle / best_share;
  const double calls = tiles * product_cycles;
  const double blocks = as_double(block.weight_blocks()) * as_double(block.tile_blocks()) * as_double(block.groups);
  const auto bytes = [&](std::int64_t numbers) { return as_double(numbers * work.number_bytes); };
  const double once = bytes(block.a_numbers() + block.b_numbers() + block.c_numbers());
  const double moving = once / as_double(block.groups) / rate(device, once);
  return blocks * (as_double(block.vectors) * (std::max(adds, loads) + calls) + moving);
}

}  // namespace

Cost cost_of(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const auto groups = as_double(block.all_groups), again = as_double(block.written_blocks());
  const double sources = groups * again * as_double(block.all_tiles) * as_double(block.source);
  const double written = groups * as_double(block.all_tiles) * as_double(block.all_written);
  const double pairs = groups * as_double(block.source) * as_double(block.all_written);
  const Of other = block.gradient ? Of::written : Of::taps;
  const auto cycles = [&](Of of, std::int64_t held) { return unit_cycles(work, device, of, held * work.number_bytes); };
  Cost cost{.source = sources * cycles(Of::source, block.a_numbers()), .products = products_cycles(work, device)};
  cost.weights = (block.gradient ? written : pairs) * cycles(other, block.b_numbers());
  cost.results =
      (block.gradient ? pairs : written) * cycles(block.gradient ? Of::taps : Of::written, block.c_numbers());
  if (work.problem.constant_weights) cost.weights = 0;
  return cost;
}

Estimated estimate(const ConvProblem& problem, const Correlation& correlation, const Cut& cut,
                   const DeviceInfo& device) {
  constexpr double call_seconds = 2e-6;
  const bool wide = accumulator_of(problem) == DType::f64;
  const std::int64_t lanes = wide ? fft::fft_kernels<double>().lanes : fft::fft_kernels<float>().lanes;
  const Work work{problem, correlation, cut, block_of(problem, correlation, cut, lanes, wide ? 8 : 4, device),
                  wide ? 8 : 4};
  const double seconds = cost_of(work, device).all() / device.hertz;
  Estimated result{.threads = worthwhile_threads(device.threads, seconds)};
  const std::int64_t scratch = scratch_numbers_of(cut.shape(), work.block.units, lanes);
  const auto with_scratch =
      static_cast<int>(std::max<std::int64_t>(most_scratch_bytes / (scratch * work.number_bytes), 1));
  result.threads = std::min(result.threads, with_scratch);
  const Schedule schedule = schedule_of(work.block, work.number_bytes, scratch, result.threads);
  const std::int64_t blocks = work.block.weight_blocks();
  const double shares =
      schedule.alone ? as_double(blocks) / as_double(ceil_div(blocks, result.threads)) : result.threads;
  result.seconds = call_seconds + seconds / shares;
  result.scratch_bytes = scratch * work.number_bytes;
  result.workspace_bytes = schedule.workspace_bytes(result.threads);
  return result;
}

}  // namespace faltung::cpu_fft
