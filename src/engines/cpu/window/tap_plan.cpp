#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/convert.h"
#include "base/parallel_for.h"
#include "base/visit.h"
#include "engines/cpu/window/channels/channels.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/few/few.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/planes/planes.h"
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
        x_(problem.x.dtype),
        y_(problem.y.dtype),
        threads_(device.threads) {
    const Sweep sweep = sweeps_of(problem)[0];
    const Room room = room_for(problem, device, 1, 1, sizeof(T));
    cut_ = cut(problem, sweep, tiling_of(sweep, room), sizeof(T));
    const std::int64_t pairs = roles_.source_channels * roles_.position_channels;
    group_sums_ = whole_lines(pairs * cut_.sweep.taps());
    y_numbers_ = whole_lines(cut_.tiling.run() + lanes());
    const std::int64_t items = problem.geometry.batch * cut_.tiles();
    splits_ = std::clamp<std::int64_t>(
        std::min(ceil_div(most_tasks, problem.geometry.groups), most_sums / (group_sums_ * problem.geometry.groups)), 1,
        std::max<std::int64_t>(items, 1));
    threads_ = worthwhile_threads(threads_, cycles() / device.hertz);
    groups_per_task_ =
        std::clamp<std::int64_t>(splits_ * problem.geometry.groups / (tasks_a_thread * threads_), 1, most_groups);
    const double share = std::min<double>(threads_, static_cast<double>(splits_ * group_blocks()));
    promise(Accuracy::reassociated,
            call_seconds + std::max(cycles() / device.hertz / share, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return sums_bytes() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t footprint_bytes() const override { return sizeof(*this) + cut_.bytes(); }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* sums = reinterpret_cast<T*>(workspace.data());
    parallel_phases(execution.at_most(threads_), {splits_ * group_blocks(), problem_.geometry.groups},
                    [&](int phase, std::int64_t task, int slot) {
                      if (phase == 1) return store(operands, task, sums);
                      std::byte* scratch =
                          workspace.data() + sums_bytes() + static_cast<std::size_t>(slot) * scratch_bytes();
                      sum(operands, task / group_blocks(), task % group_blocks() * groups_per_task_, sums, scratch);
                    });
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cpu.window: {} splits of {} × {} positions a tile, {} taps", splits_, cut_.tiling.rows,
                             cut_.tiling.columns, cut_.sweep.taps()));
  }

 private:
  static constexpr std::int64_t most_tasks = 256, most_sums = 1 << 20;
  static constexpr std::int64_t tasks_a_thread = 16, most_groups = 64;
  static constexpr std::int64_t most_vectors = 384;  // of y, that are multiplied at a time

  std::int64_t group_blocks() const { return ceil_div(problem_.geometry.groups, groups_per_task_); }
  static int lanes() { return window::window_kernels<T>().lanes; }
  std::size_t sums_bytes() const {
    return static_cast<std::size_t>(splits_ * problem_.geometry.groups * group_sums_) * sizeof(T);
  }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(cut_.channel * roles_.source_channels + y_numbers_ * rows_at(0)) * sizeof(T) +
           planes_bytes();
  }
  // The channels of y that are multiplied together, from one on: max_rows, or one.
  std::int64_t rows_at(std::int64_t channel) const {
    return roles_.position_channels - channel >= window::max_rows ? window::max_rows : 1;
  }
  std::size_t planes_bytes() const {
    return static_cast<std::size_t>(whole_lines(plane_count(cut_.sweep, cut_.tiling))) * sizeof(Inside);
  }
  T* sums_of(T* sums, std::int64_t split, std::int64_t group) const {
    return sums + (split * problem_.geometry.groups + group) * group_sums_;
  }

  void sum(const Operands& operands, std::int64_t split, std::int64_t first, T* all, std::byte* scratch) const {
    auto* planes = reinterpret_cast<Inside*>(scratch);
    T* x = reinterpret_cast<T*>(scratch + planes_bytes());
    T* y = x + cut_.channel * roles_.source_channels;
    const std::int64_t end = std::min(first + groups_per_task_, problem_.geometry.groups);
    std::fill(sums_of(all, split, first), sums_of(all, split, end), T(0));
    const std::int64_t items = problem_.geometry.batch * cut_.tiles();
    for (std::int64_t item = items * split / splits_; item < items * (split + 1) / splits_; ++item) {
      const std::int64_t image = item / cut_.tiles();
      const Tile tile = tile_at(cut_.sweep, cut_.tiling, item % cut_.tiles());
      find_inside(cut_.sweep, cut_.tiling, tile, planes);
      std::fill(x, y, T(0));  // those behind each channel are met by vectors at the end of a run
      for (std::int64_t group = first; group < end; ++group) {
        stage_source(problem_, cut_, x_, planes, operands, image, group, x);
        add(operands, tile, image, group, x, y, sums_of(all, split, group));
      }
    }
  }

  void add(const Operands& operands, const Tile& tile, std::int64_t image, std::int64_t group, const T* x, T* y,
           T* sums) const {
    for (std::int64_t k = 0, rows = 1; k < roles_.position_channels; k += rows) {
      rows = rows_at(k);
      stage_rows(operands, tile, image, group, k, rows, y);
      multiply(tile, x, y, rows, sums + k * roles_.source_channels * cut_.sweep.taps());
    }
  }

  void stage_rows(const Operands& operands, const Tile& tile, std::int64_t image, std::int64_t group, std::int64_t k,
                  std::int64_t rows, T* y) const {
    if (rows == window::max_rows && has_neighbours(problem_))
      return stage_neighbours(operands, tile, image, group, k, y);
    for (std::int64_t r = 0; r < rows; ++r) stage_y(operands, tile, image, group, k + r, y + r * y_numbers_);
  }

  // Four channels that are neighbours, a position at a time, with zeros between the rows.
  void stage_neighbours(const Operands& operands, const Tile& tile, std::int64_t image, std::int64_t group,
                        std::int64_t k, T* to) const {
    static_assert(window::max_rows == 4);
    const auto& [outer, row, column] = cut_.sweep.axes;
    const std::int64_t pitch = cut_.tiling.pitch;
    T *a = to, *b = a + y_numbers_, *c = b + y_numbers_, *d = c + y_numbers_;
    for (std::int64_t i = 0; i < tile.rows; ++i, a += pitch, b += pitch, c += pitch, d += pitch) {
      const std::int64_t offset = tile.at[0] * outer.position_stride + (tile.at[1] + i) * row.position_stride +
                                  tile.at[2] * column.position_stride;
      const T* from = reinterpret_cast<const T*>(element_of(problem_, operands, Role::y, image, group, k, offset));
      for (std::int64_t q = 0; q < tile.columns; ++q, from += column.position_stride)
        a[q] = from[0], b[q] = from[1], c[q] = from[2], d[q] = from[3];
      const std::int64_t place = i * pitch, next = i + 1 < tile.rows ? place + pitch : y_numbers_;
      for (T* const line : {a, b, c, d}) std::fill(line + tile.columns, line + next - place, T(0));
    }
  }

  // With zeros between the rows.
  void stage_y(const Operands& operands, const Tile& tile, std::int64_t image, std::int64_t group, std::int64_t channel,
               T* to) const {
    const auto& [outer, row, column] = cut_.sweep.axes;
    T* const end = to + y_numbers_;
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      const std::int64_t offset = tile.at[0] * outer.position_stride + (tile.at[1] + i) * row.position_stride +
                                  tile.at[2] * column.position_stride;
      y_.copy(element_of(problem_, operands, Role::y, image, group, channel, offset), column.position_stride,
              tile.columns, to);
      T* const next = i + 1 < tile.rows ? to + cut_.tiling.pitch : end;
      std::fill(to + tile.columns, next, T(0));
      to = next;
    }
  }

  // So many positions at a time that those of y stay in the first cache.
  void multiply(const Tile& tile, const T* x, const T* y, std::int64_t rows, T* sums) const {
    const std::int64_t vectors = ceil_div(cut_.tiling.run(tile.rows, tile.columns), lanes());
    const std::int64_t pieces = ceil_div(vectors * rows, most_vectors);
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      const std::int64_t first = vectors * piece / pieces, end = vectors * (piece + 1) / pieces;
      multiply_taps(x + first * lanes(), y + first * lanes(), rows, end - first, sums);
    }
  }

  // Taps of all channels that are staged, some at a time.
  void multiply_taps(const T* x, const T* y, std::int64_t rows, std::int64_t vectors, T* sums) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const auto taps = static_cast<std::int64_t>(cut_.offsets.size());
    const std::int64_t most = rows == 1 ? window::max_tap_sums : kernels.most_block_taps;
    const std::int64_t parts = ceil_div(taps, most);
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t first = taps * part / parts, count = taps * (part + 1) / parts - first;
      const auto kernel = static_cast<std::size_t>(count - 1);
      (rows == 1 ? kernels.taps[kernel] : kernels.tap_blocks[kernel])({cut_.offsets.data() + first, count}, x, y,
                                                                      y_numbers_, vectors, sums + first * rows);
    }
  }

  // Adds the splits in their order.
  void store(const Operands& operands, std::int64_t group, T* all) const {
    T* sums = sums_of(all, 0, group);
    for (std::int64_t split = 1; split < splits_; ++split) {
      const T* more = sums_of(all, split, group);
      for (std::int64_t i = 0; i < group_sums_; ++i) sums[i] += more[i];
    }
    visit(problem_.w.dtype, [&]<class Out>(ElementType<Out>) {
      if constexpr (std::is_floating_point_v<Out> || is_sixteen_bit_float<Out>) write<Out>(operands, group, sums);
    });
  }

  template <class Out>
  void write(const Operands& operands, std::int64_t group, const T* sums) const {
    const Dims& stride = problem_.w.strides;
    const auto put = [&](std::int64_t offset, T value) {
      Out& to = static_cast<Out*>(operands.w)[offset];
      to = convert<Out>(problem_.accumulate ? convert<T>(to) + value : value);
    };
    for (std::int64_t k = 0, rows = 1; k < roles_.position_channels; k += rows) {
      rows = rows_at(k);
      for (std::int64_t c = 0; c < roles_.source_channels; ++c)
        for_each_tap(cut_.sweep, [&](std::int64_t tap) {
          for (std::int64_t r = 0; r < rows; ++r)
            put(group * stride[0] + (k + r) * stride[1] + c * stride[2] + tap, *sums++);
        });
    }
  }

  // Of one thread.
  double cycles() const {
    const auto& [sweep, tiling, channel, offsets, runs] = cut_;
    const std::int64_t rows = roles_.position_channels, blocks = rows / window::max_rows;
    const std::int64_t source = sweep.axes[2].step * sweep.axes[2].source_stride;
    const double group =
        static_cast<double>(blocks) * multiplying_cycles(window::max_rows) +
        static_cast<double>(rows - blocks * window::max_rows) * multiplying_cycles(1) +
        moving_cycles(static_cast<double>(tiling.channel * roles_.source_channels), tiling.pitch, source, lanes()) +
        (has_neighbours(problem_) ? moving_neighbours_cycles(static_cast<double>(tiling.run() * rows))
                                  : moving_cycles(static_cast<double>(tiling.run() * rows), tiling.columns,
                                                  sweep.axes[2].position_stride, lanes()));
    const double items = static_cast<double>(problem_.geometry.batch * cut_.tiles() * problem_.geometry.groups);
    return (group + tile_cycles) * items + static_cast<double>(splits_ * problem_.geometry.groups * group_sums_);
  }

  // Of so many channels of y together by all taps; adding up a sum's lanes takes as long as six of its vectors do
  // alone.
  double multiplying_cycles(std::int64_t rows) const {
    const double vectors = std::ceil(static_cast<double>(cut_.tiling.run()) / lanes());
    const double pieces = std::ceil(vectors * static_cast<double>(rows) / most_vectors);
    const double ends =
        rows == 1 ? 6 * cpu_window::multiplying_cycles(1, roles_.source_channels) : 5.0 * static_cast<double>(rows);
    return static_cast<double>(cut_.offsets.size()) *
           (vectors * cpu_window::multiplying_cycles(static_cast<double>(rows), roles_.source_channels) +
            pieces * ends);
  }

  ConvProblem problem_;
  Roles roles_;
  Stage<T> x_, y_;
  int threads_;
  Cut cut_;
  std::int64_t group_sums_ = 0, y_numbers_ = 0, splits_ = 1, groups_per_task_ = 1;
};

template <class T>
std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device) {
  if (has_channel_kernels<T>(problem)) return make_channel_tap_plan<T>(problem, device);
  if constexpr (reads_planes<T>)
    if (has_plane_kernels<T>(problem)) return make_plane_tap_plan<T>(problem, device);
  if (const auto few = few_of(problem)) return make_few_weight_plan(problem, *few, device);
  return std::make_shared<TapPlan<T>>(problem, device);
}

}  // namespace

std::shared_ptr<Plan> make_tap_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return accumulator_of(problem) == DType::f64 ? make_plan<double>(problem, device) : make_plan<float>(problem, device);
}

}  // namespace faltung::cpu_window
