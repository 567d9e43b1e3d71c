#include "engines/cpu/fft/cost.h"

#include <algorithm>

#include "engines/cpu/fft/schedule.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_fft {
namespace {

// Measured on a Zen 5 with AVX-512. Of vectors: what a step of a transform takes for one of complex numbers, and what
// loading and storing it takes; of single numbers, what bringing them from or to an operand takes.
constexpr double step_cycles = 2.6, move_cycles = 2.2, turn_cycles = 0.4;
constexpr double near_cycles = 0.15, far_cycles = 1.2, convert_cycles = 0.3;
constexpr double unit_cycles = 200, product_cycles = 15;
constexpr double best_share = 0.85;  // of the multiply-adds that a cycle has room for
constexpr double l2_bytes_per_cycle = 32, l3_bytes_per_cycle = 10, memory_rates = 1.5;

double as_double(std::int64_t value) { return static_cast<double>(value); }

double rate(const DeviceInfo& device, double bytes) {
  if (bytes < static_cast<double>(device.l2_bytes) / 2) return l2_bytes_per_cycle;
  return bytes < static_cast<double>(device.l3_bytes) / 2
             ? l3_bytes_per_cycle
             : memory_rates * device.bytes_per_second / device.threads / device.hertz;
}

// A tile's transform, elements brought there or away included.
double transform_cycles(const Work& work, Of of) {
  const Shape shape = work.cut.shape();
  const std::int64_t lanes = work.block.lanes, units = units_of(shape, lanes);
  const auto vectors = [&](std::int64_t numbers) {
    return as_double(ceil_div(units * numbers, lanes)) / as_double(units);
  };
  const auto steps = [](std::int64_t length) {
    return as_double(static_cast<std::int64_t>(radices_of(length).size()));
  };
  const std::int64_t columns = columns_of(work.cut, of);
  const double rows = as_double(shape.rows()) * vectors(columns),
               across = as_double(shape.columns) * vectors(shape.rows());
  const Role role = of == Of::taps ? Role::w : of == Of::source ? work.correlation.source : work.correlation.written;
  const CorrelationAxis& axis = work.cut.columns().transformed() ? work.cut.columns().axis : work.cut.folded().axis;
  const std::int64_t stride = of == Of::taps     ? axis.tap_stride
                              : of == Of::source ? axis.source_stride
                                                 : axis.written_stride;
  const bool near = stride == 1 && !(of == Of::taps && work.correlation.flipped);
  const bool converts = size_of(work.problem.operand(role).dtype) != static_cast<std::size_t>(work.number_bytes);
  const double numbers = as_double(2 * shape.rows() * columns);
  return unit_cycles / as_double(units) +
         numbers * ((near ? near_cycles : far_cycles) + (converts ? convert_cycles : 0)) +
         rows * (step_cycles * (steps(shape.folded) + steps(shape.middle)) + move_cycles * (shape.single ? 2 : 1)) +
         numbers * turn_cycles + across * (step_cycles * steps(shape.columns) + move_cycles);
}

double products_cycles(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const DType type = work.number_bytes == 8 ? DType::f64 : DType::f32;
  const double per_cycle =
      device.ceiling(type, Unit::vector) / device.threads / device.hertz / (2 * as_double(block.lanes));
  const std::int64_t rows = block.gradient ? block.source : block.tiles;
  const std::int64_t depth = block.gradient ? block.tiles : block.source;
  const double tiles = as_double(ceil_div(rows, 3) * ceil_div(block.written, 3));
  const double sums = as_double(rows * block.written);
  const double loads = as_double(depth) * (3 * tiles + 3 * sums / 3) + 2 * sums * as_double(ceil_div(depth, sum_block));
  const double adds = 4 * sums * as_double(depth) / per_cycle / best_share;
  const double calls = tiles * product_cycles;
  const auto blocks = as_double(block.weight_blocks() * block.tile_blocks() * block.groups);
  const auto bytes = [&](std::int64_t numbers) { return as_double(numbers * work.number_bytes); };
  const double once = bytes(block.a_numbers() + block.b_numbers() + block.c_numbers());
  const double moving = once / as_double(block.groups) / rate(device, once);
  return blocks * std::max(as_double(block.vectors) * (std::max(adds, loads) + calls), moving);
}

}  // namespace

Cost cost_of(const Work& work, const DeviceInfo& device) {
  const Block& block = work.block;
  const auto groups = as_double(block.all_groups), again = as_double(block.written_blocks());
  const double sources = groups * again * as_double(block.all_tiles * block.source);
  const double written = groups * as_double(block.all_tiles * block.all_written);
  const double pairs = groups * as_double(block.source * block.all_written);
  const double spectrum = as_double(block.vectors * block.entry() * work.number_bytes);
  const double all = spectrum * as_double(block.source * block.written);
  const double moved = spectrum / rate(device, all);
  Cost cost{.source = sources * transform_cycles(work, Of::source), .products = products_cycles(work, device)};
  cost.weights = pairs * (transform_cycles(work, Of::taps) + moved);
  cost.results = written * transform_cycles(work, Of::written);
  if (work.problem.constant_weights) cost.weights = 0;
  return cost;
}

Estimated estimate(const ConvProblem& problem, const DeviceInfo& device, const Lengths& lengths) {
  constexpr double call_seconds = 2e-6;
  const Correlation correlation = correlation_of(problem);
  const Cut cut = cut_of(correlation, problem.geometry.batch, lengths);
  const bool wide = accumulator_of(problem) == DType::f64;
  const std::int64_t lanes = wide ? fft::fft_kernels<double>().lanes : fft::fft_kernels<float>().lanes;
  const Work work{problem, correlation, cut, block_of(problem, correlation, cut, lanes, wide ? 8 : 4, device),
                  wide ? 8 : 4};
  const double seconds = cost_of(work, device).all() / device.hertz;
  Estimated result{.threads = worthwhile_threads(device.threads, seconds)};
  const Schedule schedule =
      schedule_of(work.block, work.number_bytes, scratch_numbers_of(cut.shape(), lanes), result.threads);
  const std::int64_t blocks = work.block.weight_blocks();
  const double shares =
      schedule.alone ? as_double(blocks) / as_double(ceil_div(blocks, result.threads)) : result.threads;
  result.seconds = call_seconds + seconds / shares;
  result.workspace_bytes = schedule.workspace_bytes(result.threads);
  return result;
}

}  // namespace faltung::cpu_fft
