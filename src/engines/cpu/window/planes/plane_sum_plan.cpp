#include "engines/cpu/window/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parallel_for.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/planes/plane_reader.h"
#include "engines/cpu/window/planes/plane_weights.h"
#include "engines/cpu/window/planes/planes.h"
#include "kernels/epilogue/store_rows.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

template <class T>
struct PlanePhase {
  Sweep sweep;
  window::PlaneSums<T> kernels;
  std::vector<window::TapBlock> blocks;
};

// A plane of positions, and the rows of it that a task works on, as a share of all.
struct PlaneTask {
  std::int64_t image = 0, group = 0, channel = 0, share = 0;
};

// Forward and DataGrad. Phases that differ along the innermost axis only are computed band by band together.
template <class T>
class PlaneSumPlan final : public Plan {
 public:
  PlaneSumPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        roles_(roles_of(problem)),
        source_(problem, roles_.source, roles_.source_channels),
        weights_(problem),
        together_(static_cast<std::size_t>(innermost_sweeps(problem))),
        store_(epilogue::store_rows_for(type, problem.written().dtype)),
        as_it_is_(problem.epilogue.empty() && !problem.accumulate && problem.written().dtype == type) {
    const std::vector<Sweep> sweeps = weights_.sweeps();
    for (const Sweep& sweep : sweeps) {
      const auto kernels = window::plane_sums<T>(sweep.axes[2].step, sweep.axes[2].count);
      phases_.push_back({sweep, kernels,
                         tap_blocks_of(sweep, roles_.source_channels, kernels.longest_run, weights_.strides(sweep),
                                       source_.strides())});
    }
    const double seconds = plane_seconds(problem, sweeps, phases_[0].kernels.lanes, device);
    threads_ = worthwhile_threads(device.threads, seconds);
    const std::int64_t wanted = tasks_a_thread * threads_;
    planes_per_task_ = std::clamp<std::int64_t>(planes() / wanted, 1, most_planes);
    if (!source_.is_copied() && threads_ > 1)
      shares_ = std::clamp<std::int64_t>(ceil_div(wanted, planes()), 1,
                                         std::max<std::int64_t>(sweeps[0].axes[1].count / fewest_rows, 1));
    line_ = whole_lines(sweeps[0].axes[2].count);
    const double share = std::min<double>(threads_, static_cast<double>(task_count()));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return static_cast<std::size_t>(threads_) * static_cast<std::size_t>(scratch_numbers()) * sizeof(T);
  }
  std::size_t footprint_bytes() const override {
    std::size_t bytes = sizeof(*this);
    for (const PlanePhase<T>& phase : phases_) bytes += sizeof(phase) + phase.blocks.size() * sizeof(window::TapBlock);
    return bytes;
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    parallel_for(execution.at_most(threads_), task_count(), [&](std::int64_t task, int slot) {
      T* scratch = reinterpret_cast<T*>(workspace.data()) + slot * scratch_numbers();
      const std::int64_t first = task / shares_ * planes_per_task_;
      for (std::int64_t plane = first; plane < std::min(first + planes_per_task_, planes()); ++plane)
        run_plane(operands, plane_at(plane, task % shares_), scratch);
    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} of {} planes, {} taps, columns on the lanes{}", task_count(),
                             planes_per_task_, phases_[0].sweep.taps() * roles_.source_channels,
                             phases_.size() > 1 ? fmt::format(", {} stride phases", phases_.size()) : ""));
  }

 private:
  static constexpr DType type = DTypeOf<T>::value;
  static constexpr std::int64_t tasks_a_thread = 16, most_planes = 64, fewest_rows = 14;

  std::int64_t planes() const { return problem_.geometry.batch * problem_.geometry.groups * roles_.position_channels; }
  std::int64_t task_count() const { return ceil_div(planes(), planes_per_task_) * shares_; }
  PlaneTask plane_at(std::int64_t index, std::int64_t share) const {
    const std::int64_t channels = roles_.position_channels, groups = problem_.geometry.groups;
    return {index / channels / groups, index / channels % groups, index % channels, share};
  }

  // Beside the source's and the weights': sums of a band for each phase, and the rows of all phases.
  std::int64_t band_numbers() const { return window::band_heights[0] * line_; }
  std::int64_t scratch_numbers() const {
    const auto together = static_cast<std::int64_t>(together_);
    const std::int64_t bands = as_it_is_ && together == 1 ? 0 : together == 1 ? 1 : 2 * together;
    return source_.scratch_numbers() + weights_.scratch_numbers() + bands * band_numbers();
  }

  void run_plane(const Operands& operands, const PlaneTask& at, T* scratch) const {
    const T* source = source_.read(problem_, operands, at.image, at.group, 0, scratch);
    T* packed = scratch + source_.scratch_numbers();
    const T* weights = weights_.read(operands.w, at.group, at.channel, packed);
    for (std::size_t first = 0; first < phases_.size(); first += together_)
      run_phases(operands, at, first, source, weights, packed + weights_.scratch_numbers());
  }

  void run_phases(const Operands& operands, const PlaneTask& at, std::size_t first, const T* source, const T* weights,
                  T* scratch) const {
    // Shares of whole bands: which rows are in one depends on the shape only.
    const std::int64_t height = window::band_heights[0], rows = phases_[first].sweep.axes[1].count;
    const std::int64_t bands = ceil_div(rows, height), end = std::min(bands * (at.share + 1) / shares_ * height, rows);
    for (std::int64_t row = bands * at.share / shares_ * height; row < end;) {
      const std::size_t band = band_for(end - row);
      run_band(operands, at, first, row, band, source, weights, scratch);
      row += window::band_heights[band];
    }
  }

  void run_band(const Operands& operands, const PlaneTask& at, std::size_t first, std::int64_t row, std::size_t height,
                const T* source, const T* weights, T* scratch) const {
    const Sweep& sweep = phases_[first].sweep;
    std::byte* to = element_of(problem_, operands, roles_.positions, at.image, at.group, at.channel,
                               sweep.position_offset + row * sweep.axes[1].position_stride);
    const std::int64_t columns = sweep.axes[2].count, to_stride = sweep.axes[1].position_stride;
    const bool direct = as_it_is_ && together_ == 1, is_dense = together_ == 1 && to_stride == columns;
    const std::int64_t stride = direct || is_dense ? to_stride : line_;
    for (std::size_t p = 0; p < together_; ++p) {
      const PlanePhase<T>& phase = phases_[first + p];
      window::Band band = band_of(phase.sweep, phase.blocks, weights_.strides(phase.sweep), source_.strides());
      band.top = row * phase.sweep.axes[1].step;
      band.position_stride = stride;
      phase.kernels.bands[height](
          band, source, weights + phase.sweep.tap_offset,
          direct ? reinterpret_cast<T*>(to) : scratch + static_cast<std::int64_t>(p) * band_numbers());
    }
    if (direct) return;
    epilogue::Rows rows = rows_of(operands, at, to);
    rows.rows = window::band_heights[height];
    rows.to_stride = to_stride;
    if (together_ == 2) return finish_two(rows, first, scratch);
    if (!is_dense) return finish(rows, columns, scratch, line_);
    const std::int64_t all = rows.rows * columns;
    rows.rows = 1;  // all of the band
    finish(rows, all, scratch, all);
  }

  epilogue::Rows rows_of(const Operands& operands, const PlaneTask& at, std::byte* to) const {
    const auto bytes = static_cast<std::int64_t>(size_of(problem_.written().dtype));
    epilogue::Rows rows{.to = to,
                        .alpha = operands.alpha,
                        .accumulate = problem_.accumulate,
                        .activation = problem_.epilogue.activation};
    if (problem_.epilogue.add)
      rows.z = static_cast<const std::byte*>(operands.z) +
               (to - static_cast<const std::byte*>(operands.get(roles_.positions)));
    if (problem_.epilogue.bias)
      rows.bias =
          static_cast<const std::byte*>(operands.bias) + (at.group * roles_.position_channels + at.channel) * bytes;
    return rows;
  }

  // Columns of two phases alternate.
  void finish_two(const epilogue::Rows& rows, std::size_t first, T* scratch) const {
    T* const lines = scratch + 2 * band_numbers();
    const window::Interleaved<T> all{
        .even = scratch,
        .odd = scratch + band_numbers(),
        .to = as_it_is_ ? static_cast<T*>(rows.to) : lines,
        .rows = rows.rows,
        .count = phases_[first].sweep.axes[2].count + phases_[first + 1].sweep.axes[2].count,
        .stride = line_,
        .to_stride = as_it_is_ ? rows.to_stride : 2 * line_};
    phases_[first].kernels.interleave(all);
    if (!as_it_is_) finish(rows, all.count, lines, 2 * line_);
  }

  void finish(epilogue::Rows rows, std::int64_t count, const T* sums, std::int64_t stride) const {
    rows.count = count;
    rows.sums = sums, rows.sums_stride = stride;
    store_(rows);
  }

  ConvProblem problem_;
  Roles roles_;
  PlaneReader<T> source_;
  PlaneWeights<T> weights_;
  std::size_t together_;
  epilogue::StoreRows store_;
  bool as_it_is_;
  int threads_ = 1;
  std::vector<PlanePhase<T>> phases_;
  std::int64_t planes_per_task_ = 1, shares_ = 1, line_ = 0;
};

}  // namespace

template <class T>
std::shared_ptr<Plan> make_plane_sum_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return std::make_shared<PlaneSumPlan<T>>(problem, device);
}
template std::shared_ptr<Plan> make_plane_sum_plan<float>(const ConvProblem&, const DeviceInfo&);

}  // namespace faltung::cpu_window
