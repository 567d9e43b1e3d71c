#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/stage.h"
#include "kernels/window/window_kernels.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

// The gradient of all weights is summed in splits of the images and tiles, whose number depends on the shape only, and
// then over the splits.
template <class T>
class TapPlan final : public Plan {
 public:
  TapPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        roles_(roles_of(problem)),
        layout_(layout_of<T>(problem)),
        x_(problem.x.dtype),
        y_(problem.y.dtype),
        threads_(device.threads) {
    const Sweep sweep = sweeps_of(problem)[0];
    const Room room = room_for(problem, layout_, device, 1, 1, sizeof(T));
    cut_ = cut(problem, layout_, sweep, tiling_of(sweep, room), sizeof(T));
    const std::int64_t pairs = layout_.channels ? layout_.room : roles_.source_channels * roles_.position_channels;
    unit_sums_ = whole_lines(pairs * cut_.sweep.taps());
    y_numbers_ = whole_lines(cut_.tiling.run() * layout_.room + slack_numbers(layout_, lanes()));
    const std::int64_t items = problem.geometry.batch * cut_.tiles();
    splits_ = std::clamp<std::int64_t>(
        std::min(ceil_div(most_tasks, layout_.units), most_sums / (unit_sums_ * layout_.units)), 1,
        std::max<std::int64_t>(items, 1));
    threads_ = worthwhile_threads(threads_, cycles() / device.hertz);
    const double share = std::min<double>(threads_, static_cast<double>(splits_ * layout_.units));
    promise(Accuracy::reassociated,
            call_seconds + std::max(cycles() / device.hertz / share, bytes_of(problem) / device.bytes_per_second));
  }

  std::size_t workspace_bytes() const override {
    return sums_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + cut_.offsets.size() * sizeof(std::int64_t); }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* sums = reinterpret_cast<T*>(workspace.data());
    parallel_phases(execution.at_most(threads_), {splits_ * layout_.units, layout_.units},
                    [&](int phase, std::int64_t task, int slot) {
                      if (phase == 1) return store(operands, task, sums);
                      std::byte* scratch =
                          workspace.data() + sums_bytes() + static_cast<std::size_t>(slot) * scratch_bytes();
                      sum(operands, task / layout_.units, task % layout_.units, sums, scratch);
                    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} splits of {} × {} positions a tile, {} taps, {} on the lanes", splits_,
                             cut_.tiling.rows, cut_.tiling.columns, cut_.sweep.taps(),
                             layout_.channels ? "channels" : "positions"));
  }

 private:
  static constexpr double call_seconds = 1e-6;
  static constexpr std::int64_t most_tasks = 256, most_sums = 1 << 20;

  static int lanes() { return window::window_kernels<T>().lanes; }
  std::size_t sums_bytes() const { return static_cast<std::size_t>(splits_ * layout_.units * unit_sums_) * sizeof(T); }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(cut_.channel * roles_.source_channels + y_numbers_) * sizeof(T) + planes_bytes();
  }
  std::size_t planes_bytes() const {
    return static_cast<std::size_t>(whole_lines(plane_count(cut_.sweep, cut_.tiling))) * sizeof(Inside);
  }
  T* sums_of(T* sums, std::int64_t split, std::int64_t unit) const {
    return sums + (split * layout_.units + unit) * unit_sums_;
  }

  void sum(const Operands& operands, std::int64_t split, std::int64_t unit, T* all, std::byte* scratch) const {
    auto* planes = reinterpret_cast<Inside*>(scratch);
    T* x = reinterpret_cast<T*>(scratch + planes_bytes());
    T* y = x + cut_.channel * roles_.source_channels;
    T* sums = sums_of(all, split, unit);
    std::fill(sums, sums + unit_sums_, T(0));
    const std::int64_t items = problem_.geometry.batch * cut_.tiles();
    for (std::int64_t item = items * split / splits_; item < items * (split + 1) / splits_; ++item) {
      const std::int64_t image = item / cut_.tiles();
      const Tile tile = tile_at(cut_.sweep, cut_.tiling, item % cut_.tiles());
      find_inside(cut_.sweep, cut_.tiling, tile, planes);
      std::fill(x, y, T(0));  // those behind each channel are met by vectors at the end of a run
      stage_source(problem_, layout_, cut_, x_, planes, operands, image, unit, x);
      for (std::int64_t k = 0; k < roles_.position_channels; ++k) {
        stage_y(operands, tile, image, unit, k, y);
        multiply(tile, x, y, sums + k * roles_.source_channels * cut_.sweep.taps());
      }
    }
  }

  // With zeros between the rows.
  void stage_y(const Operands& operands, const Tile& tile, std::int64_t image, std::int64_t unit, std::int64_t channel,
               T* to) const {
    const auto& [outer, row, column] = cut_.sweep.axes;
    T* const end = to + y_numbers_;
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      const std::int64_t offset = tile.at[0] * outer.position_stride + (tile.at[1] + i) * row.position_stride +
                                  tile.at[2] * column.position_stride;
      y_.copy(element_of(problem_, layout_, operands, Role::y, image, unit, channel, offset), column.position_stride,
              tile.columns, layout_.lanes(problem_, Role::y, unit), to);
      T* const next = i + 1 < tile.rows ? to + cut_.tiling.pitch * layout_.room : end;
      std::fill(to + tile.columns * layout_.room, next, T(0));
      to = next;
    }
  }

  // Taps of all channels that are staged, some at a time.
  void multiply(const Tile& tile, const T* x, const T* y, T* sums) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const std::int64_t positions = cut_.tiling.run(tile.rows, tile.columns);
    const auto taps = static_cast<std::int64_t>(cut_.offsets.size());
    const std::int64_t groups = ceil_div(taps, window::max_tap_sums), each = groups ? ceil_div(taps, groups) : 0;
    for (std::int64_t t = 0; t < taps; t += each) {
      const window::TapList list{cut_.offsets.data() + t, std::min(each, taps - t)};
      const auto kernel = static_cast<std::size_t>(list.count - 1);
      if (!layout_.channels) {
        kernels.position_taps[kernel](list, x, y, kernels.lanes, ceil_div(positions, kernels.lanes), sums + t, 1);
        continue;
      }
      for (std::int64_t lane = 0; lane < layout_.room; lane += kernels.lanes)
        kernels.channel_taps[kernel](list, x + lane, y + lane, layout_.room, positions, sums + t * layout_.room + lane,
                                     layout_.room);
    }
  }

  // Adds the splits in their order.
  void store(const Operands& operands, std::int64_t unit, T* all) const {
    T* sums = sums_of(all, 0, unit);
    for (std::int64_t split = 1; split < splits_; ++split) {
      const T* more = sums_of(all, split, unit);
      for (std::int64_t i = 0; i < unit_sums_; ++i) sums[i] += more[i];
    }
    visit(problem_.w.dtype, [&]<class Out>(ElementType<Out>) {
      if constexpr (std::is_floating_point_v<Out> || is_sixteen_bit_float<Out>) write<Out>(operands, unit, sums);
    });
  }

  template <class Out>
  void write(const Operands& operands, std::int64_t unit, const T* sums) const {
    const Dims& stride = problem_.w.strides;
    const auto put = [&](std::int64_t offset, T value) {
      Out& to = static_cast<Out*>(operands.w)[offset];
      to = convert<Out>(problem_.accumulate ? convert<T>(to) + value : value);
    };
    for (std::int64_t group = 0; group < layout_.groups(problem_, unit); ++group) {
      const T* from = sums + (layout_.channels ? group : 0);
      for (std::int64_t k = 0; k < roles_.position_channels; ++k)
        for (std::int64_t c = 0; c < roles_.source_channels; ++c)
          for_each_tap(cut_.sweep, [&](std::int64_t tap) {
            put((layout_.first_group(unit) + group) * stride[0] + k * stride[1] + c * stride[2] + tap, *from);
            from += layout_.room;
          });
    }
  }

  // Of one thread.
  double cycles() const {
    const auto& [sweep, tiling, channel, offsets] = cut_;
    const double vectors = std::ceil(static_cast<double>(tiling.run() * layout_.room) / lanes());
    const double rows = static_cast<double>(roles_.position_channels);
    const double staged = static_cast<double>(tiling.channel * roles_.source_channels);
    const std::int64_t source = sweep.axes[2].step * sweep.axes[2].source_stride;
    const double unit =
        static_cast<double>(offsets.size()) * rows * (vectors + 6) *
            multiplying_cycles(layout_, 1, roles_.source_channels) +
        moving_cycles(layout_, staged, source, lanes()) +
        moving_cycles(layout_, static_cast<double>(tiling.run()) * rows, sweep.axes[2].position_stride, lanes());
    const double items = static_cast<double>(problem_.geometry.batch * cut_.tiles() * layout_.units);
    return (unit + tile_cycles) * items + static_cast<double>(splits_ * layout_.units * unit_sums_);
  }

  ConvProblem problem_;
  Roles roles_;
  Layout layout_;
  Stage<T> x_, y_;
  int threads_;
  Cut cut_;
  std::int64_t unit_sums_ = 0, y_numbers_ = 0, splits_ = 1;
};

}  // namespace

std::shared_ptr<Plan> make_tap_plan(const ConvProblem& problem, const DeviceInfo& device) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<TapPlan<double>>(problem, device);
  return std::make_shared<TapPlan<float>>(problem, device);
}

}  // namespace faltung::cpu_window
