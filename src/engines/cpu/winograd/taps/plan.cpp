#include "engines/cpu/winograd/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "engines/cpu/winograd/input.h"
#include "engines/cpu/winograd/rates.h"
#include "engines/cpu/winograd/taps/cost.h"
#include "engines/cpu/winograd/taps/gradient.h"
#include "engines/cpu/winograd/taps/store.h"
#include "kernels/gemm/micro_kernel.h"
#include "kernels/gemm/scratch.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {
namespace {

template <class T>
GradientBlock gradient_block(const ConvProblem& problem, const Correlation& correlation, const Cut& cut) {
  constexpr std::int64_t most_tiles = 64, most_lanes = 64, wanted_tasks = 16;
  const gemm::MicroKernels<T>& kernels = gemm::micro_kernels<T>();
  GradientBlock block{.x_channels = correlation.source_channels, .y_channels = correlation.written_channels};
  block.lanes = kernels.vector_lanes;
  block.tiles = cut.tiles();
  block.x = {.products = cut.products(), .channels = std::min(channel_block, block.x_channels)};
  block.x.tiles = std::min(most_tiles, cut.tiles());
  block.y = block.x;
  block.y.width = kernels.lanes();
  const std::int64_t most = std::max<std::int64_t>(most_lanes / kernels.lanes(), 1) * kernels.lanes();
  block.y.channels = std::min(most, ceil_div(block.y_channels, kernels.lanes()) * kernels.lanes());
  block.taps = cut.down.taps_inside() * cut.across.taps_inside();
  block.direct_taps = cut.direct_taps();
  const Checked tasks = Checked(problem.geometry.groups) * block.direct_taps * block.x_parts() * block.y_parts();
  if (tasks.value() < wanted_tasks) block.splits = std::min(ceil_div(wanted_tasks, tasks.value()), block.blocks());
  return block;
}

template <class T>
class GradientPlan final : public Plan {
 public:
  GradientPlan(const ConvProblem& problem, const DeviceInfo& device, TileSize size)
      : problem_(problem),
        correlation_(correlation_of(problem_)),
        cut_(cut_of(correlation_, problem.geometry.batch, size)),
        block_(gradient_block<T>(problem_, correlation_, cut_)),
        x_(problem_, source_of(correlation_), cut_, block_.x),
        y_(problem_, gradient_of(correlation_), cut_, block_.y),
        store_(problem_, correlation_, cut_, block_.lanes),
        threads_(device.threads) {
    const double cycles = gradient_cycles({problem_, correlation_, cut_, block_, sizeof(T)}, device);
    threads_ = worthwhile_threads(threads_, cycles / device.hertz);
    const double shares = as_double(tasks()) / as_double(ceil_div(tasks(), threads_));
    promise(Accuracy::transformed_by(growth_of(size)), call_seconds + cycles / device.hertz / shares +
                                                           operand_seconds(device, bytes_of(problem)) / device.threads);
    lay_out();
  }

  std::size_t workspace_bytes() const override {
    return split_bytes_ + static_cast<std::size_t>(threads_) * scratch_bytes_;
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* parts = reinterpret_cast<T*>(workspace.data());
    const std::int64_t sums = block_.splits > 1 ? pieces() : 0;
    parallel_phases(execution.at_most(threads_), {tasks(), sums}, [&](int phase, std::int64_t task, int slot) {
      const Own own = own_of(workspace.data() + split_bytes_ + static_cast<std::size_t>(slot) * scratch_bytes_);
      phase == 0 ? run_task(operands, task, parts, own) : add_splits(operands, task, parts, own);
    });
  }

  void outline(Outline& outline) const override {
    const auto of = [](const TileAxis& axis) {
      return axis.transformed() ? fmt::format("F(3, {})", axis.outputs) : std::string("direct");
    };
    outline.line(fmt::format("cpu.winograd: {} × {}, {} pieces of {} × {} channels, {} splits, blocks of {} tiles",
                             of(cut_.down), of(cut_.across), pieces(), block_.x.channels, block_.y.channels,
                             block_.splits, block_.x.tiles));
  }
  std::size_t footprint_bytes() const override { return sizeof(*this); }

 private:
  static constexpr double call_seconds = 1e-6;
  struct Own {
    T *x, *y, *m, *taps, *steps;
    std::size_t bytes;
  };
  Own own_of(std::byte* memory) const {
    gemm::Scratch scratch(memory);
    const auto take = [&](std::int64_t numbers) { return scratch.take<T>(static_cast<std::size_t>(numbers)); };
    Own own{};
    own.x = take(block_.x.numbers());
    own.y = take(block_.y.numbers());
    own.m = take(block_.x.products * block_.sum_stride());
    own.taps = take(block_.vector_numbers());
    const std::int64_t between = block_.x.channels * cut_.down.products * cut_.across.taps_inside() * block_.lanes;
    own.steps = take(
        std::max({x_.scratch_numbers(), y_.scratch_numbers(), between, store_.scratch_numbers(block_.x.channels)}));
    own.bytes = scratch.used();
    return own;
  }

  void lay_out() {
    const Checked numbers = Checked(pieces()) * block_.splits * block_.tap_numbers();
    split_bytes_ = block_.splits > 1 ? whole_lines(numbers * static_cast<std::int64_t>(sizeof(T))) : 0;
    scratch_bytes_ = own_of(nullptr).bytes;
  }

  // A piece of w: some channels of x and of y, for one direct tap.
  struct Piece {
    std::int64_t group = 0, tap = 0, x = 0, x_channels = 0, y = 0, y_channels = 0;
  };
  std::int64_t pieces() const {
    return problem_.geometry.groups * block_.direct_taps * block_.x_parts() * block_.y_parts();
  }
  std::int64_t tasks() const { return pieces() * block_.splits; }
  Piece piece(std::int64_t index) const {
    Piece result;
    result.y = index % block_.y_parts() * block_.y.channels, index /= block_.y_parts();
    result.x = index % block_.x_parts() * block_.x.channels, index /= block_.x_parts();
    result.tap = index % block_.direct_taps, result.group = index / block_.direct_taps;
    result.x_channels = std::min(block_.x.channels, block_.x_channels - result.x);
    result.y_channels = std::min(block_.y.channels, block_.y_channels - result.y);
    return result;
  }

  void run_task(const Operands& operands, std::int64_t task, T* parts, const Own& own) const {
    const std::int64_t split = task % block_.splits, index = task / block_.splits;
    const Piece at = piece(index);
    const std::int64_t first = block_.blocks() * split / block_.splits,
                       end = block_.blocks() * (split + 1) / block_.splits;
    for (std::int64_t block = first; block < end; ++block) add_block(operands, at, block, block > first, own);
    for (std::int64_t k = 0; k < at.y_channels; k += block_.lanes) {
      T* taps = block_.splits == 1 ? own.taps : part(parts, index, split) + k / block_.lanes * block_.vector_numbers();
      transform_to_taps(block_, cut_, at.x_channels, own.m + k, taps, own.steps);
      if (block_.splits == 1) store(operands, at, k, taps, own);
    }
  }

  void add_block(const Operands& operands, const Piece& at, std::int64_t block, bool add, const Own& own) const {
    const std::int64_t tile = block * block_.x.tiles, tiles = std::min(block_.x.tiles, block_.tiles - tile);
    typename Input<T>::Task task{.group = at.group, .tile = tile, .tiles = tiles};
    task.channel = task.base = at.x, task.end = at.x + at.x_channels, task.tap = at.tap;
    x_.run(operands, task, own.x, own.steps);
    task.channel = task.base = at.y, task.end = at.y + at.y_channels;
    y_.run(operands, task, own.y, own.steps);
    multiply(block_, tiles, at.x_channels, at.y_channels, own.x, own.y, own.m, add);
  }

  T* part(T* parts, std::int64_t index, std::int64_t split) const {
    return parts + (index * block_.splits + split) * block_.tap_numbers();
  }

  // In the order of the splits, whoever computed them.
  void add_splits(const Operands& operands, std::int64_t index, T* parts, const Own& own) const {
    const Piece at = piece(index);
    for (std::int64_t k = 0; k < at.y_channels; k += block_.lanes) {
      T* sum = part(parts, index, 0) + k / block_.lanes * block_.vector_numbers();
      for (std::int64_t split = 1; split < block_.splits; ++split)
        for (std::int64_t i = 0; i < at.x_channels * block_.taps * block_.lanes; ++i)
          sum[i] += sum[split * block_.tap_numbers() + i];
      store(operands, at, k, sum, own);
    }
  }

  void store(const Operands& operands, const Piece& at, std::int64_t k, const T* taps, const Own& own) const {
    store_.run(operands,
               {.group = at.group,
                .direct_tap = at.tap,
                .x_channel = at.x,
                .x_channels = at.x_channels,
                .y_channel = at.y + k,
                .y_channels = std::min(block_.lanes, at.y_channels - k)},
               taps, own.steps);
  }

  ConvProblem problem_;
  Correlation correlation_;
  Cut cut_;
  GradientBlock block_;
  Input<T> x_, y_;
  TapStore<T> store_;
  int threads_;
  std::size_t split_bytes_ = 0, scratch_bytes_ = 0;
};

}  // namespace

std::shared_ptr<Plan> make_gradient_plan(const ConvProblem& problem, const DeviceInfo& device, TileSize size) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<GradientPlan<double>>(problem, device, size);
  return std::make_shared<GradientPlan<float>>(problem, device, size);
}

}  // namespace faltung::cpu_winograd
