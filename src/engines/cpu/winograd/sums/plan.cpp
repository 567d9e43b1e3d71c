#include "engines/cpu/winograd/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "engines/cpu/winograd/input.h"
#include "engines/cpu/winograd/rates.h"
#include "engines/cpu/winograd/sums/cost.h"
#include "engines/cpu/winograd/sums/output.h"
#include "engines/cpu/winograd/sums/product.h"
#include "engines/cpu/winograd/sums/weights.h"
#include "kernels/gemm/micro_kernel.h"
#include "kernels/gemm/scratch.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {
namespace {

template <class T>
Block block_of(const Correlation& correlation, const Cut& cut, const DeviceInfo& device) {
  const gemm::MicroKernels<T>& kernels = gemm::micro_kernels<T>();
  Block block{.v = {.products = cut.products(), .taps = cut.direct_taps(), .channels = correlation.source_channels}};
  block.written_channels = correlation.written_channels;
  block.lanes = kernels.vector_lanes, block.panel = kernels.lanes();
  const std::int64_t tile_bytes = block.v.numbers() * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t fit = static_cast<std::int64_t>(device.l2_bytes) / 2 / tile_bytes;
  const std::int64_t most = std::clamp<std::int64_t>(fit / kernels.rows, 2, 6) * kernels.rows;
  const std::int64_t blocks = ceil_div(cut.tiles(), most);
  block.v.tiles = std::min(cut.tiles(), ceil_div(ceil_div(cut.tiles(), blocks), kernels.rows) * kernels.rows);
  return block;
}

// Blocks or panels: what of V and U is read again and again comes from afar.
Schedule schedule_of(const ConvProblem& problem, const Block& block, std::int64_t tiles, std::int64_t number_bytes,
                     const DeviceInfo& device) {
  const double blocks = as_double(ceil_div(tiles, block.v.tiles)), panels = as_double(block.panels());
  const double v = as_double(block.v.numbers() * number_bytes), u = as_double(block.weight_numbers() * number_bytes);
  const double groups = as_double(problem.geometry.groups), threads = device.threads;
  const bool near = u < static_cast<double>(device.l2_bytes) / 2;
  const bool fits = blocks * v * groups <= std::max(static_cast<double>(device.l3_bytes) / 4, 2 * threads * v);
  const bool few = threads > 1 && blocks * groups < 2 * threads;
  const bool less = !near && blocks * v * (panels + 2) < u * (blocks + (problem.constant_weights ? 0 : 2));
  Schedule schedule{.by_panel = fits && (few || less)};
  schedule.weights_ahead = !schedule.by_panel || (threads > 1 && groups * panels < 2 * threads);
  return schedule;
}

template <class T>
class WinogradPlan final : public Plan {
 public:
  WinogradPlan(const ConvProblem& problem, const DeviceInfo& device, TileSize size)
      : problem_(problem),
        correlation_(correlation_of(problem_)),
        cut_(cut_of(correlation_, problem.geometry.batch, size)),
        block_(block_of<T>(correlation_, cut_, device)),
        input_(problem_, source_of(correlation_), cut_, block_.v),
        weights_(problem_, correlation_, cut_, block_),
        output_(problem_, correlation_, cut_, block_),
        threads_(device.threads),
        schedule_(schedule_of(problem_, block_, cut_.tiles(), sizeof(T), device)) {
    const Work work{problem_, correlation_, cut_, block_, schedule_, sizeof(T), gemm::micro_kernels<T>().rows};
    const double seconds = cost_of(work, device).all() / device.hertz;
    threads_ = worthwhile_threads(threads_, seconds);
    lay_out();
    promise(Accuracy::transformed_by(growth_of(size)),
            call_seconds + seconds / shares() + operand_seconds(device, bytes_of(problem)) / device.threads);
  }

  std::size_t workspace_bytes() const override {
    return (schedule_.weights_ahead ? weight_bytes_ : 0) + shared_bytes_ +
           static_cast<std::size_t>(threads_) * scratch_bytes_;
  }
  std::size_t prepared_bytes() const override { return weight_bytes_; }

  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    parallel_for(execution.at_most(threads_), weight_tasks(), [&](std::int64_t task) {
      const Tensor scratch = Tensor::empty({weights_.scratch_numbers()}, dtype);
      transform_weights(w, reinterpret_cast<T*>(prepared), task, scratch.as<T>());
    });
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    gemm::Scratch shared(workspace.data());
    const Shared all = shared_of(operands, shared);
    const std::int64_t packing = schedule_.weights_ahead && !operands.prepared ? weight_tasks() : 0;
    const std::int64_t inputs = schedule_.by_panel ? groups() * blocks() * input_pieces() : 0;
    parallel_phases(
        execution.at_most(threads_), {packing, inputs, last_tasks()}, [&](int phase, std::int64_t task, int slot) {
          const Own own = own_of(workspace.data() + shared.used() + static_cast<std::size_t>(slot) * scratch_bytes_);
          if (phase == 0) return transform_weights(operands.w, all.packed, task, own.steps);
          if (phase == 1) return transform_input(operands, task, all.v, own);
          run_last(operands, all, task, own);
        });
  }

  void outline(Outline& outline) const override {
    const auto of = [](const TileAxis& axis) {
      return axis.transformed() ? fmt::format("F({}, {})", axis.outputs, axis.axis.taps) : std::string("direct");
    };
    outline.line(fmt::format("cpu.winograd: {} × {}, {} blocks of {} tiles, sums of {} channels, {}", of(cut_.down),
                             of(cut_.across), blocks() * groups(), block_.v.tiles, channel_block,
                             schedule_.by_panel ? "panel by panel" : "block by block"));
  }
  std::size_t footprint_bytes() const override { return sizeof(*this); }

 private:
  static constexpr double call_seconds = 1e-6;
  static constexpr DType dtype = std::is_same_v<T, double> ? DType::f64 : DType::f32;

  // What all threads see: U for all of it, and V of all blocks, if there are such.
  struct Shared {
    const T* u;
    T *packed, *v;
  };
  Shared shared_of(const Operands& operands, gemm::Scratch& scratch) const {
    Shared all{};
    if (schedule_.weights_ahead) all.packed = scratch.take<T>(weight_bytes_ / sizeof(T));
    if (schedule_.by_panel) all.v = scratch.take<T>(shared_bytes_ / sizeof(T));
    all.u = operands.prepared ? reinterpret_cast<const T*>(operands.prepared) : all.packed;
    return all;
  }
  // A thread's own: U of a panel, V of a block, M, and what is between the steps.
  struct Own {
    T *u, *v, *m, *steps;
    std::size_t bytes;
  };
  Own own_of(std::byte* memory) const {
    gemm::Scratch scratch(memory);
    const auto take = [&](std::int64_t numbers) { return scratch.take<T>(static_cast<std::size_t>(numbers)); };
    Own own{};
    own.u = take(schedule_.weights_ahead ? 0 : block_.panel_numbers());
    own.v = take(schedule_.by_panel ? 0 : block_.v.numbers());
    own.m = take(block_.sum_numbers());
    own.steps = take(std::max({input_.scratch_numbers(), output_.scratch_numbers(), weights_.scratch_numbers()}));
    own.bytes = scratch.used();
    return own;
  }

  void lay_out() {
    const auto bytes = [&](Checked numbers) {
      return whole_lines(numbers * static_cast<std::int64_t>(sizeof(T)) * groups());
    };
    weight_bytes_ = bytes(Checked(block_.panels()) * block_.panel_numbers());
    shared_bytes_ = schedule_.by_panel ? bytes(Checked(blocks()) * block_.v.numbers()) : 0;
    scratch_bytes_ = own_of(nullptr).bytes;
  }

  std::int64_t groups() const { return problem_.geometry.groups; }
  std::int64_t blocks() const { return ceil_div(cut_.tiles(), block_.v.tiles); }
  // Of a block's channels, for a task each: so many that threads have about two.
  std::int64_t piece_channels() const {
    const std::int64_t wanted = ceil_div(2 * threads_, groups() * blocks());
    const std::int64_t vectors = ceil_div(ceil_div(block_.v.channels, block_.lanes), wanted);
    return std::min(channel_block, vectors * block_.lanes);
  }
  std::int64_t input_pieces() const { return ceil_div(block_.v.channels, piece_channels()); }
  std::int64_t weight_tasks() const { return groups() * block_.panels() * weights_.chunks(); }
  // With the weights ahead a task is a block, or one panel of it; else a panel of all blocks.
  std::int64_t last_tasks() const {
    return groups() * (schedule_.weights_ahead ? blocks() : 1) * (schedule_.by_panel ? block_.panels() : 1);
  }
  // Threads that have something to do, about.
  double shares() const {
    return static_cast<double>(last_tasks()) / static_cast<double>(ceil_div(last_tasks(), threads_));
  }
  std::int64_t tiles_of(std::int64_t block) const {
    return std::min(block_.v.tiles, cut_.tiles() - block * block_.v.tiles);
  }

  void transform_weights(const void* w, T* u, std::int64_t task, T* scratch) const {
    const std::int64_t chunk = task % weights_.chunks(), panels = task / weights_.chunks();
    const std::int64_t group = panels / block_.panels();
    weights_.run(w, group, panels % block_.panels(), chunk, u + panels * block_.panel_numbers(), scratch);
  }

  void transform_input(const Operands& operands, std::int64_t task, T* v, const Own& own) const {
    const std::int64_t channel = task % input_pieces() * piece_channels(), index = task / input_pieces();
    const std::int64_t block = index % blocks();
    input_.run(operands,
               {.group = index / blocks(),
                .tile = block * block_.v.tiles,
                .tiles = tiles_of(block),
                .channel = channel,
                .end = std::min(channel + piece_channels(), block_.v.channels),
                .taps = block_.v.taps},
               v + index * block_.v.numbers(), own.steps);
  }

  void run_last(const Operands& operands, const Shared& all, std::int64_t task, const Own& own) const {
    if (!schedule_.by_panel) return run_block(operands, all.u, task, own);
    const std::int64_t panel = task % block_.panels(), index = task / block_.panels();
    if (schedule_.weights_ahead)
      return finish(operands, panel_of(all.u, index / blocks(), panel), index, panel,
                    all.v + index * block_.v.numbers(), own);
    const T* u = all.u ? panel_of(all.u, index, panel) : own.u;
    if (!all.u)
      for (std::int64_t chunk = 0; chunk < weights_.chunks(); ++chunk)
        weights_.run(operands.w, index, panel, chunk, own.u, own.steps);
    for (std::int64_t block = index * blocks(); block < (index + 1) * blocks(); ++block)
      finish(operands, u, block, panel, all.v + block * block_.v.numbers(), own);
  }

  void run_block(const Operands& operands, const T* u, std::int64_t index, const Own& own) const {
    const std::int64_t block = index % blocks(), group = index / blocks();
    input_.run(operands,
               {.group = group,
                .tile = block * block_.v.tiles,
                .tiles = tiles_of(block),
                .end = block_.v.channels,
                .taps = block_.v.taps},
               own.v, own.steps);
    for (std::int64_t panel = 0; panel < block_.panels(); ++panel)
      finish(operands, panel_of(u, group, panel), index, panel, own.v, own);
  }

  const T* panel_of(const T* u, std::int64_t group, std::int64_t panel) const {
    return u + (group * block_.panels() + panel) * block_.panel_numbers();
  }

  // index: of the block among those of all groups.
  void finish(const Operands& operands, const T* u, std::int64_t index, std::int64_t panel, const T* v,
              const Own& own) const {
    const std::int64_t block = index % blocks();
    multiply(block_, tiles_of(block), panel, v, u, own.m);
    output_.run(operands,
                {.group = index / blocks(), .tile = block * block_.v.tiles, .tiles = tiles_of(block), .panel = panel},
                own.m, own.steps);
  }

  ConvProblem problem_;
  Correlation correlation_;
  Cut cut_;
  Block block_;
  Input<T> input_;
  Weights<T> weights_;
  Output<T> output_;
  int threads_;
  Schedule schedule_;
  std::size_t weight_bytes_ = 0, shared_bytes_ = 0, scratch_bytes_ = 0;
};

}  // namespace

std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, TileSize size) {
  if (problem.pass == Pass::WeightGrad) return make_gradient_plan(problem, device, size);
  if (accumulator_of(problem) == DType::f64) return std::make_shared<WinogradPlan<double>>(problem, device, size);
  return std::make_shared<WinogradPlan<float>>(problem, device, size);
}

}  // namespace faltung::cpu_winograd
