#include "engines/cpu/winograd/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parallel_for.h"
#include "compose/composite_plan.h"
#include "engines/cpu/winograd/cost.h"
#include "engines/cpu/winograd/input.h"
#include "engines/cpu/winograd/output.h"
#include "engines/cpu/winograd/product.h"
#include "engines/cpu/winograd/weights.h"
#include "kernels/gemm/scratch.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {
namespace {

template <class T>
Block block_of(const Correlation& correlation, const Cut& cut, const DeviceInfo& device) {
  const gemm::MicroKernels<T>& kernels = gemm::micro_kernels<T>();
  Block block{.products = cut.products(), .taps = cut.direct_taps()};
  block.source_channels = correlation.source_channels, block.written_channels = correlation.written_channels;
  block.lanes = kernels.vector_lanes, block.panel = kernels.lanes();
  const std::int64_t tile_bytes = block.source_numbers() * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t fit = static_cast<std::int64_t>(device.l2_bytes) / 2 / tile_bytes;
  const std::int64_t most = std::clamp<std::int64_t>(fit / kernels.rows, 2, 6) * kernels.rows;
  const std::int64_t blocks = ceil_div(cut.tiles(), most);
  block.tiles = std::min(cut.tiles(), ceil_div(ceil_div(cut.tiles(), blocks), kernels.rows) * kernels.rows);
  return block;
}

template <class T>
class WinogradPlan final : public Plan {
 public:
  WinogradPlan(const ConvProblem& problem, const DeviceInfo& device, TileSize size)
      : problem_(problem),
        correlation_(correlation_of(problem_)),
        cut_(cut_of(correlation_, problem.geometry.batch, size)),
        block_(block_of<T>(correlation_, cut_, device)),
        input_(problem_, correlation_, cut_, block_),
        weights_(problem_, correlation_, cut_, block_),
        output_(problem_, correlation_, cut_, block_),
        threads_(device.threads),
        blocks_(ceil_div(cut_.tiles(), block_.tiles)),
        fused_(threads_ == 1 || blocks_ * groups() >= 2 * threads_) {
    const Work work{problem_, correlation_, cut_, block_, sizeof(T), gemm::micro_kernels<T>().rows};
    cost_ = cost_of(work, device);
    threads_ = worthwhile_threads(threads_, cost_.all() / device.hertz);
    lay_out();
    const double seconds = cost_.all() / device.hertz / shares();
    promise(Accuracy::transformed, call_seconds + std::max(seconds, bytes_of(problem) / device.bytes_per_second));
  }

  std::size_t workspace_bytes() const override {
    return prepared_bytes() + shared_bytes_ + static_cast<std::size_t>(threads_) * scratch_bytes_;
  }
  std::size_t prepared_bytes() const override { return weight_bytes_; }

  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    parallel_for(execution.at_most(threads_), weight_tasks(), [&](std::int64_t task) {
      const Tensor scratch = Tensor::empty({weights_.scratch_numbers() + 16}, dtype);
      transform_weights(w, reinterpret_cast<T*>(prepared), task, scratch.as<T>());
    });
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* own = reinterpret_cast<T*>(workspace.data());
    const T* u = operands.prepared ? reinterpret_cast<const T*>(operands.prepared) : own;
    T* shared = reinterpret_cast<T*>(workspace.data() + weight_bytes_);
    const std::int64_t packing = operands.prepared ? 0 : weight_tasks();
    const std::int64_t blocks = groups() * blocks_;
    const std::int64_t inputs = fused_ ? 0 : blocks * block_.channel_blocks();
    const std::int64_t products = fused_ ? blocks : blocks * block_.panels();
    parallel_phases(execution.at_most(threads_), {packing, inputs, products},
                    [&](int phase, std::int64_t task, int slot) {
                      Scratch scratch = scratch_of(workspace.data() + weight_bytes_ + shared_bytes_ +
                                                   static_cast<std::size_t>(slot) * scratch_bytes_);
                      if (phase == 0) return transform_weights(operands.w, own, task, scratch.steps);
                      if (phase == 1) return transform_input(operands, task, shared, scratch);
                      fused_ ? run_block(operands, u, task, scratch) : run_panel(operands, u, shared, task, scratch);
                    });
  }

  void outline(Outline& outline) const override {
    const auto of = [](const TileAxis& axis) {
      return axis.transformed() ? fmt::format("F({}, {})", axis.outputs, axis.axis.taps) : std::string("direct");
    };
    outline.line(fmt::format("cpu.winograd: {} × {}, {} blocks of {} tiles, sums of {} channels, {}", of(cut_.down),
                             of(cut_.across), blocks_ * groups(), block_.tiles, channel_block,
                             fused_ ? "block by block" : "in two phases"));
  }
  std::size_t footprint_bytes() const override { return sizeof(*this); }

 private:
  static constexpr double call_seconds = 1e-6;
  static constexpr DType dtype = std::is_same_v<T, double> ? DType::f64 : DType::f32;

  struct Scratch {
    T *v, *m, *steps;
    std::size_t bytes;
  };
  Scratch scratch_of(std::byte* memory) const {
    gemm::Scratch scratch(memory);
    const auto take = [&](std::int64_t numbers) { return scratch.take<T>(static_cast<std::size_t>(numbers)); };
    Scratch result{};
    result.v = take(fused_ ? block_.source_numbers() : 0);
    result.m = take(block_.sum_numbers());
    result.steps = take(std::max({input_.scratch_numbers(), output_.scratch_numbers(), weights_.scratch_numbers()}));
    result.bytes = scratch.used();
    return result;
  }

  void lay_out() {
    const auto bytes = [&](Checked numbers) {
      return whole_lines(numbers * static_cast<std::int64_t>(sizeof(T)) * groups());
    };
    weight_bytes_ = bytes(Checked(block_.panels()) * block_.panel_numbers());
    shared_bytes_ = fused_ ? 0 : bytes(Checked(blocks_) * block_.source_numbers());
    scratch_bytes_ = scratch_of(nullptr).bytes;
  }

  // Threads that have something to do.
  double shares() const {
    const std::int64_t tasks = groups() * blocks_ * (fused_ ? 1 : block_.panels());
    return static_cast<double>(tasks) / static_cast<double>(ceil_div(tasks, threads_));
  }
  std::int64_t groups() const { return problem_.geometry.groups; }
  std::int64_t weight_tasks() const { return groups() * block_.panels() * weights_.chunks(); }
  std::int64_t tiles_of(std::int64_t block) const {
    return std::min(block_.tiles, cut_.tiles() - block * block_.tiles);
  }

  void transform_weights(const void* w, T* u, std::int64_t task, T* scratch) const {
    const std::int64_t chunk = task % weights_.chunks(), panels = task / weights_.chunks();
    const std::int64_t group = panels / block_.panels();
    weights_.run(w, group, panels % block_.panels(), chunk, u + group * block_.weight_numbers(), scratch);
  }

  void transform_input(const Operands& operands, std::int64_t task, T* shared, const Scratch& scratch) const {
    const std::int64_t channel = task % block_.channel_blocks() * channel_block, index = task / block_.channel_blocks();
    const std::int64_t block = index % blocks_;
    input_.run(operands,
               {.group = index / blocks_,
                .tile = block * block_.tiles,
                .tiles = tiles_of(block),
                .channel = channel,
                .end = std::min(channel + channel_block, block_.source_channels)},
               shared + index * block_.source_numbers(), scratch.steps);
  }

  void run_block(const Operands& operands, const T* u, std::int64_t index, const Scratch& scratch) const {
    const std::int64_t block = index % blocks_;
    input_.run(operands,
               {.group = index / blocks_,
                .tile = block * block_.tiles,
                .tiles = tiles_of(block),
                .end = block_.source_channels},
               scratch.v, scratch.steps);
    for (std::int64_t panel = 0; panel < block_.panels(); ++panel)
      finish(operands, u, index, panel, scratch.v, scratch);
  }

  void run_panel(const Operands& operands, const T* u, const T* shared, std::int64_t task,
                 const Scratch& scratch) const {
    const std::int64_t index = task / block_.panels();
    finish(operands, u, index, task % block_.panels(), shared + index * block_.source_numbers(), scratch);
  }

  void finish(const Operands& operands, const T* u, std::int64_t index, std::int64_t panel, const T* v,
              const Scratch& scratch) const {
    const std::int64_t block = index % blocks_, group = index / blocks_, tiles = tiles_of(block);
    u += group * block_.weight_numbers() + panel * block_.panel_numbers();
    multiply(block_, tiles, panel, v, u, scratch.m);
    output_.run(operands, {.group = group, .tile = block * block_.tiles, .tiles = tiles, .panel = panel}, scratch.m,
                scratch.steps);
  }

  ConvProblem problem_;
  Correlation correlation_;
  Cut cut_;
  Block block_;
  Input<T> input_;
  Weights<T> weights_;
  Output<T> output_;
  int threads_;
  std::int64_t blocks_;
  bool fused_;
  Cost cost_;
  std::size_t weight_bytes_ = 0, shared_bytes_ = 0, scratch_bytes_ = 0;
};

}  // namespace

std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, TileSize size) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<WinogradPlan<double>>(problem, device, size);
  return std::make_shared<WinogradPlan<float>>(problem, device, size);
}

}  // namespace faltung::cpu_winograd
