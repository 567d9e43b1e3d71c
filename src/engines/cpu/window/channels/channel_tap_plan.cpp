#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/channels/channels.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/tiling.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

// WeightGrad. The rows of all images are cut into splits, whose number depends on the shape only; each has sums of its
// own, for each tap those of all channels, which are then added in order.
template <class T>
class ChannelTapPlan final : public Plan {
 public:
  ChannelTapPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        sweep_(sweeps_of(problem)[0]),
        kernel_(channel_kernels_of<T>(problem, sweep_).taps),
        blocks_(ChannelBlocks::of(problem)),
        rows_(problem.geometry.batch * rows_of(sweep_)),
        split_sums_(whole_lines(blocks_.weights_before(blocks_.count, sweep_.taps()))),
        splits_(std::clamp<std::int64_t>(std::min(rows_ / fewest_rows, most_sums / split_sums_), 1, most_splits)),
        threads_(worthwhile_threads(device.threads, channel_seconds(problem, sweep_, device, splits_))) {
    const double share = std::min<double>(threads_, static_cast<double>(splits_ * blocks_.count));
    promise(Accuracy::reassociated, call_seconds + std::max(channel_seconds(problem, sweep_, device, splits_) / share,
                                                            operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return sums_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t footprint_bytes() const override { return sizeof(*this); }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* sums = reinterpret_cast<T*>(workspace.data());
    parallel_phases(
        execution.at_most(threads_), {splits_ * blocks_.count, blocks_.count},
        [&](int step, std::int64_t task, int slot) {
          if (step == 1) return store(operands, task, sums);
          std::byte* taps = workspace.data() + sums_bytes() + static_cast<std::size_t>(slot) * scratch_bytes();
          sum(operands, task / blocks_.count, task % blocks_.count, sums, reinterpret_cast<window::TapRow*>(taps));
        });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} splits of {} rows, {} taps, {} channels on the lanes", splits_, rows_,
                             sweep_.taps(), blocks_.width(0)));
  }

 private:
  static constexpr std::int64_t fewest_rows = 4, most_splits = 64, most_sums = 1 << 20;

  std::size_t sums_bytes() const { return static_cast<std::size_t>(splits_ * split_sums_) * sizeof(T); }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(whole_lines(sweep_.axes[0].taps * sweep_.axes[1].taps)) * sizeof(window::TapRow);
  }

  void sum(const Operands& operands, std::int64_t split, std::int64_t block, T* all, window::TapRow* taps) const {
    T* sums = all + split * split_sums_ + blocks_.weights_before(block, sweep_.taps());
    std::fill_n(sums, blocks_.tap_weights(block) * sweep_.taps(), T(0));
    for (std::int64_t row = rows_ * split / splits_; row < rows_ * (split + 1) / splits_; ++row)
      sum_row(operands, row_at(sweep_, row), block, sums, taps);
  }

  void sum_row(const Operands& operands, const ChannelRow& row, std::int64_t block, T* sums,
               window::TapRow* taps) const {
    const SweepAxis& column = sweep_.axes[2];
    const std::int64_t count = find_tap_rows(sweep_, row, blocks_.tap_weights(block), taps);
    const ChannelPlace x = source_of(problem_, sweep_, operands, row.image, blocks_.begin(block));
    const ChannelPlace y = positions_of(problem_, sweep_, operands, row, blocks_.begin(block));
    for (std::int64_t q = 0; q < column.count; q += window::run_positions) {
      window::ChannelRun run = run_at(column, q);
      run.rows = taps, run.row_count = count;
      run.channels = blocks_.width(block), run.weight_stride = blocks_.tap_weights(block);
      run.source = x.at(q), run.position_stride = column.position_stride;
      kernel_(run, y.at(q), sums);
    }
  }

  void store(const Operands& operands, std::int64_t block, T* sums) const {
    T* const of_block = sums + blocks_.weights_before(block, sweep_.taps());
    const std::int64_t count = blocks_.tap_weights(block) * sweep_.taps(), width = blocks_.width(block);
    for (std::int64_t split = 1; split < splits_; ++split)
      for (std::int64_t i = 0; i < count; ++i) of_block[i] += of_block[split * split_sums_ + i];
    visit(problem_.w.dtype, [&]<class Out>(ElementType<Out>) {
      if constexpr (std::is_floating_point_v<Out> || is_sixteen_bit_float<Out>)
        for (std::int64_t c = 0; c < width; c += ChannelBlocks::line)
          write(static_cast<Out*>(operands.w), block, blocks_.begin(block) + c, of_block + c);
    });
  }

  // The taps of a line of channels, whose sums are neighbours.
  template <class Out>
  void write(Out* w, std::int64_t block, std::int64_t first, const T* sums) const {
    const std::int64_t group = problem_.geometry.in_channels, width = blocks_.width(block);
    const std::int64_t count = std::min(blocks_.begin(block + 1) - first, ChannelBlocks::line);
    std::array<Out*, ChannelBlocks::line> to;
    for (std::int64_t i = 0; i < count; ++i)
      to[static_cast<std::size_t>(i)] =
          w + (first + i) / group * problem_.w.strides[0] + (first + i) % group * problem_.w.strides[1];
    for_each_tap(sweep_, [&](std::int64_t tap) {
      for (std::int64_t j = 0; j < group; ++j, sums += width)
        for (std::int64_t i = 0; i < count; ++i) {
          Out& weight = to[static_cast<std::size_t>(i)][tap + j * problem_.w.strides[2]];
          weight = convert<Out>(problem_.accumulate ? convert<T>(weight) + sums[i] : sums[i]);
        }
    });
  }

  ConvProblem problem_;
  Sweep sweep_;
  window::ChannelTaps<T> kernel_;
  ChannelBlocks blocks_;
  std::int64_t rows_, split_sums_, splits_;
  int threads_;
};

}  // namespace

template <class T>
std::shared_ptr<Plan> make_channel_tap_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return std::make_shared<ChannelTapPlan<T>>(problem, device);
}
template std::shared_ptr<Plan> make_channel_tap_plan<float>(const ConvProblem&, const DeviceInfo&);
template std::shared_ptr<Plan> make_channel_tap_plan<double>(const ConvProblem&, const DeviceInfo&);

}  // namespace faltung::cpu_window
