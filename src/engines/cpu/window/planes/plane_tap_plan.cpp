#include "engines/cpu/window/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/planes/plane_reader.h"
#include "engines/cpu/window/planes/planes.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

// A filter: between a channel of x and one of y, in a group.
struct Pair {
  std::int64_t group = 0, out = 0, in = 0;
};

// WeightGrad. A task sums the filters of some pairs over all images, in vectors, whose lanes are added up before their
// sums grow long.
template <class T>
class PlaneTapPlan final : public Plan {
 public:
  PlaneTapPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        sweep_(sweeps_of(problem)[0]),
        kernels_(window::plane_taps<T>(sweep_.axes[2].step, sweep_.axes[2].count)),
        x_(problem, Role::x, 1),
        y_(problem, Role::y, 1),
        blocks_(tap_blocks_of(sweep_, 1, kernels_.longest_run, weight_strides(problem), x_.strides())) {
    const std::int64_t vectors = sweep_.axes[1].count * ceil_div(sweep_.axes[2].count, kernels_.lanes);
    images_ = std::max<std::int64_t>(longest_sum / vectors, 1);
    const double seconds = plane_seconds(problem, std::span(&sweep_, 1), kernels_.lanes, device);
    threads_ = worthwhile_threads(device.threads, seconds);
    pairs_per_task_ = std::clamp<std::int64_t>(pairs() / (tasks_a_thread * threads_), 1, most_pairs);
    const double share = std::min<double>(threads_, static_cast<double>(ceil_div(pairs(), pairs_per_task_)));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return static_cast<std::size_t>(threads_ * scratch_numbers()) * sizeof(T);
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + blocks_.size() * sizeof(blocks_[0]); }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    parallel_for(execution.at_most(threads_), ceil_div(pairs(), pairs_per_task_), [&](std::int64_t task, int slot) {
      T* scratch = reinterpret_cast<T*>(workspace.data()) + slot * scratch_numbers();
      const std::int64_t first = task * pairs_per_task_, end = std::min(first + pairs_per_task_, pairs());
      for (std::int64_t pair = first; pair < end; ++pair) run_pair(operands, pair_at(pair), scratch);
    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} filters of {} taps, columns on the lanes", pairs(), sweep_.taps()));
  }

 private:
  static constexpr std::int64_t tasks_a_thread = 16, most_pairs = 64;
  static constexpr std::int64_t longest_sum = 512;  // vectors

  static WeightStrides weight_strides(const ConvProblem& problem) {
    return {problem.w.strides[3], problem.w.strides[4], 0};
  }
  std::int64_t pairs() const {
    return problem_.geometry.groups * problem_.geometry.in_channels * problem_.geometry.out_channels;
  }
  Pair pair_at(std::int64_t index) const {
    const std::int64_t in = problem_.geometry.in_channels, out = problem_.geometry.out_channels;
    return {index / in / out, index / in % out, index % in};
  }
  std::int64_t vector_numbers() const { return whole_lines(sweep_.taps() * kernels_.lanes); }
  std::int64_t scratch_numbers() const {
    return vector_numbers() + whole_lines(sweep_.taps()) + x_.scratch_numbers() + y_.scratch_numbers();
  }

  void run_pair(const Operands& operands, const Pair& pair, T* scratch) const {
    T* const sums = scratch + vector_numbers();
    T* const copies = sums + whole_lines(sweep_.taps());
    std::fill_n(sums, sweep_.taps(), T(0));
    for (std::int64_t image = 0; image < problem_.geometry.batch; image += images_) {
      std::fill_n(scratch, vector_numbers(), T(0));
      for (std::int64_t i = image; i < std::min(image + images_, problem_.geometry.batch); ++i)
        sum_planes(x_.read(problem_, operands, i, pair.group, pair.in, copies),
                   y_.read(problem_, operands, i, pair.group, pair.out, copies + x_.scratch_numbers()), scratch);
      for (std::int64_t t = 0; t < sweep_.taps(); ++t) sums[t] += kernels_.add_lanes(scratch + t * kernels_.lanes);
    }
    write(operands, pair, sums);
  }

  void sum_planes(const T* x, const T* y, T* vectors) const {
    window::Band band = band_of(sweep_, blocks_, {}, x_.strides());
    band.position_stride = y_.strides().row;
    const std::int64_t rows = sweep_.axes[1].count;
    for (std::int64_t row = 0; row < rows;) {
      const std::size_t height = band_for(rows - row);
      band.top = row * sweep_.axes[1].step;
      kernels_.bands[height](band, x, y + row * band.position_stride, vectors);
      row += window::band_heights[height];
    }
  }

  // The sums are in the order of the blocks, then of columns, then of rows.
  void write(const Operands& operands, const Pair& pair, const T* sums) const {
    const Dims& stride = problem_.w.strides;
    const std::int64_t first = pair.group * stride[0] + pair.out * stride[1] + pair.in * stride[2];
    visit(problem_.w.dtype, [&]<class Out>(ElementType<Out>) {
      if constexpr (std::is_floating_point_v<Out> || is_sixteen_bit_float<Out>)
        for (const window::TapBlock& block : blocks_)
          for (std::int64_t t = 0; t < block.columns; ++t)
            for (std::int64_t r = 0; r < block.rows; ++r, ++sums) {
              Out& to = static_cast<Out*>(operands.w)[first + block.weights + r * stride[3] + t * stride[4]];
              to = convert<Out>(problem_.accumulate ? convert<T>(to) + *sums : *sums);
            }
    });
  }

  ConvProblem problem_;
  Sweep sweep_;
  window::PlaneTaps<T> kernels_;
  PlaneReader<T> x_, y_;
  std::vector<window::TapBlock> blocks_;
  int threads_ = 1;
  std::int64_t images_ = 1, pairs_per_task_ = 1;
};

}  // namespace

template <class T>
std::shared_ptr<Plan> make_plane_tap_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return std::make_shared<PlaneTapPlan<T>>(problem, device);
}
template std::shared_ptr<Plan> make_plane_tap_plan<float>(const ConvProblem&, const DeviceInfo&);

}  // namespace faltung::cpu_window
