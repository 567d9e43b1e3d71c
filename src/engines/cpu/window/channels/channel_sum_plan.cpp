#include <fmt/format.h>

#include <algorithm>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/channels/channels.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/tiling.h"
#include "kernels/epilogue/store_rows.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

// A stride phase, and where its weights begin.
template <class T>
struct Phase {
  Sweep sweep;
  window::ChannelSums<T> kernel;
  std::int64_t weights_at = 0;
};

// Forward and DataGrad. Phases that differ along the innermost axis only are computed row by row together.
template <class T>
class ChannelSumPlan final : public Plan {
 public:
  ChannelSumPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        roles_(roles_of(problem)),
        blocks_(ChannelBlocks::of(problem)),
        together_(static_cast<std::size_t>(innermost_sweeps(problem))),
        store_(epilogue::store_rows_for(type, problem.written().dtype)),
        as_it_is_(problem.epilogue.empty() && !problem.accumulate && problem.written().dtype == type) {
    for (const Sweep& sweep : sweeps_of(problem)) add(sweep);
    const Sweep& largest = phases_[0].sweep;
    const double seconds = channel_seconds(problem, largest, device, 1);
    threads_ = worthwhile_threads(device.threads, seconds);
    const std::int64_t wanted = ceil_div(tasks_a_thread * threads_, blocks_.count);
    rows_ = std::max<std::int64_t>(problem.geometry.batch * rows_of(largest) / wanted, 1);
    for (std::size_t first = 0; first < phases_.size(); first += together_)
      first_tasks_.push_back(first_tasks_.back() + row_blocks(phases_[first]) * blocks_.count);
    const double share = std::min<double>(threads_, static_cast<double>(first_tasks_.back()));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return prepared_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t prepared_bytes() const override { return static_cast<std::size_t>(whole_lines(weights_)) * sizeof(T); }
  std::size_t footprint_bytes() const override { return sizeof(*this) + phases_.size() * sizeof(Phase<T>); }

  void prepare(const void* w, std::byte* prepared, const Execution&) const override {
    for (const Phase<T>& phase : phases_) pack(phase, w, reinterpret_cast<T*>(prepared));
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* packed = reinterpret_cast<T*>(workspace.data());
    const T* weights = operands.prepared ? reinterpret_cast<const T*>(operands.prepared) : packed;
    const auto packing = operands.prepared ? 0 : static_cast<std::int64_t>(phases_.size());
    parallel_phases(execution.at_most(threads_), {packing, first_tasks_.back()},
                    [&](int step, std::int64_t task, int slot) {
                      if (step == 0) return pack(phases_[static_cast<std::size_t>(task)], operands.w, packed);
                      run_task(operands, weights, task,
                               workspace.data() + prepared_bytes() + static_cast<std::size_t>(slot) * scratch_bytes());
                    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} of {} rows and {} channels, {} taps, channels on the lanes{}",
                             first_tasks_.back(), rows_, blocks_.width(0), phases_[0].sweep.taps(),
                             phases_.size() > 1 ? fmt::format(", {} stride phases", phases_.size()) : ""));
  }

 private:
  static constexpr DType type = DTypeOf<T>::value;
  static constexpr std::int64_t tasks_a_thread = 16;

  void add(const Sweep& sweep) {
    phases_.push_back({sweep, channel_kernels_of<T>(problem_, sweep).sums, weights_});
    weights_ += blocks_.weights_before(blocks_.count, sweep.taps());
    tap_rows_ = std::max(tap_rows_, sweep.axes[0].taps * sweep.axes[1].taps);
  }
  std::int64_t row_blocks(const Phase<T>& phase) const {
    return ceil_div(problem_.geometry.batch * rows_of(phase.sweep), rows_);
  }
  std::size_t tap_rows_bytes() const {
    return static_cast<std::size_t>(whole_lines(tap_rows_)) * sizeof(window::TapRow);
  }
  std::size_t scratch_bytes() const {
    return tap_rows_bytes() +
           (as_it_is_ ? 0 : static_cast<std::size_t>(window::run_positions * blocks_.most()) * sizeof(T));
  }

  void pack(const Phase<T>& phase, const void* w, T* packed) const {
    T* to = packed + phase.weights_at;
    visit(problem_.w.dtype, [&]<class From>(ElementType<From>) {
      if constexpr (!is_complex_type<From>)
        for (std::int64_t block = 0; block < blocks_.count; ++block)
          for_each_tap(phase.sweep,
                       [&](std::int64_t offset) { to = pack_tap(static_cast<const From*>(w) + offset, block, to); });
    });
  }

  // Returns what follows.
  template <class From>
  T* pack_tap(const From* w, std::int64_t block, T* to) const {
    const std::int64_t group = blocks_.group, first = blocks_.begin(block) / group;
    const std::int64_t groups = blocks_.width(block) / group, stride = problem_.w.strides[0];
    for (std::int64_t j = 0; j < group; ++j) {
      const From* from = w + j * roles_.weight_source + first * stride;
      for (std::int64_t g = 0; g < groups; ++g, from += stride)
        for (std::int64_t c = 0; c < group; ++c) *to++ = convert<T>(from[c * roles_.weight_position]);
    }
    return to;
  }

  void run_task(const Operands& operands, const T* weights, std::int64_t task, std::byte* scratch) const {
    const auto after = std::upper_bound(first_tasks_.begin(), first_tasks_.end(), task);
    const std::size_t first = static_cast<std::size_t>(after - first_tasks_.begin() - 1) * together_;
    const std::int64_t index = task - *(after - 1), rows = index / blocks_.count * rows_;
    const std::int64_t end = std::min(rows + rows_, problem_.geometry.batch * rows_of(phases_[first].sweep));
    for (std::int64_t row = rows; row < end; ++row)
      for (std::size_t p = first; p < first + together_; ++p)
        run_row(operands, phases_[p], weights, row_at(phases_[first].sweep, row), index % blocks_.count, scratch);
  }

  void run_row(const Operands& operands, const Phase<T>& phase, const T* weights, const ChannelRow& row,
               std::int64_t block, std::byte* scratch) const {
    auto* taps = reinterpret_cast<window::TapRow*>(scratch);
    const SweepAxis& column = phase.sweep.axes[2];
    const std::int64_t first = blocks_.begin(block), tap_weights = blocks_.tap_weights(block);
    const T* of_block = weights + phase.weights_at + blocks_.weights_before(block, phase.sweep.taps());
    const std::int64_t tap_rows = find_tap_rows(phase.sweep, row, tap_weights, taps);
    const ChannelPlace source = source_of(problem_, phase.sweep, operands, row.image, first);
    const ChannelPlace written = positions_of(problem_, phase.sweep, operands, row, first);
    for (std::int64_t q = 0; q < column.count; q += window::run_positions) {
      window::ChannelRun run = run_at(column, q);
      run.rows = taps, run.row_count = tap_rows;
      run.channels = blocks_.width(block), run.weight_stride = tap_weights;
      run.source = source.at(q), run.position_stride = as_it_is_ ? column.position_stride : run.channels;
      T* sums = reinterpret_cast<T*>(as_it_is_ ? written.at(q) : scratch + tap_rows_bytes());
      phase.kernel(run, of_block, sums);
      if (!as_it_is_) store(operands, run, column.position_stride, first, written.at(q), sums);
    }
  }

  void store(const Operands& operands, const window::ChannelRun& run, std::int64_t stride, std::int64_t first,
             std::byte* to, const T* sums) const {
    epilogue::Rows rows{.rows = run.positions,
                        .count = run.channels,
                        .sums = sums,
                        .sums_stride = run.position_stride,
                        .to = to,
                        .to_stride = stride,
                        .bias_step = 1,
                        .alpha = operands.alpha,
                        .accumulate = problem_.accumulate,
                        .activation = problem_.epilogue.activation};
    if (problem_.epilogue.add)
      rows.z = static_cast<const std::byte*>(operands.z) +
               (to - static_cast<const std::byte*>(operands.get(roles_.positions)));
    if (problem_.epilogue.bias)
      rows.bias = static_cast<const std::byte*>(operands.bias) +
                  first * static_cast<std::int64_t>(size_of(problem_.written().dtype));
    store_(rows);
  }

  ConvProblem problem_;
  Roles roles_;
  ChannelBlocks blocks_;
  std::size_t together_;
  epilogue::StoreRows store_;
  bool as_it_is_;
  int threads_ = 1;
  std::vector<Phase<T>> phases_;
  std::vector<std::int64_t> first_tasks_{0};
  std::int64_t rows_ = 1, weights_ = 0, tap_rows_ = 0;
};

}  // namespace

template <class T>
std::shared_ptr<Plan> make_channel_sum_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return std::make_shared<ChannelSumPlan<T>>(problem, device);
}
template std::shared_ptr<Plan> make_channel_sum_plan<float>(const ConvProblem&, const DeviceInfo&);
template std::shared_ptr<Plan> make_channel_sum_plan<double>(const ConvProblem&, const DeviceInfo&);

}  // namespace faltung::cpu_window
