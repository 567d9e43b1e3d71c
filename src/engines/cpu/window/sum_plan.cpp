#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "base/parallel_for.h"
#include "engines/cpu/window/cut.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/row_store.h"
#include "engines/cpu/window/short_copy.h"
#include "engines/cpu/window/weights.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

template <class T>
struct Part {
  Cut cut;
  Weights<T> weights;
  std::int64_t weights_at = 0;  // numbers before its own
  std::int64_t first_task = 0;
};

template <class T>
class SumPlan final : public Plan {
 public:
  SumPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        roles_(roles_of(problem)),
        layout_(layout_of<T>(problem)),
        stage_(problem.operand(roles_.source).dtype),
        store_(row_store_for<T>(problem.written().dtype)),
        threads_(device.threads),
        as_it_is_(problem.epilogue.empty() && !problem.accumulate && problem.written().dtype == number_type) {
    units_per_task_ = std::clamp<std::int64_t>(problem.geometry.batch * layout_.units / (tasks_a_thread * threads_), 1, 64);
    const std::int64_t rows = std::min<std::int64_t>(window::max_rows, roles_.position_channels);
    for (const Sweep& sweep : sweeps_of(problem))
      add(Part<T>{.cut = cut(problem, layout_, sweep, device, rows, sizeof(T)), .weights = {problem, layout_, sweep}});
    const double seconds = cycles() / device.hertz / std::min<double>(threads_, static_cast<double>(tasks_));
    promise(Accuracy::reassociated, call_seconds + std::max(seconds, bytes_of(problem) / device.bytes_per_second));
  }

  std::size_t workspace_bytes() const override {
    return prepared_size() + static_cast<std::size_t>(threads_) * scratch_bytes();
  }
  std::size_t prepared_bytes() const override { return prepared_size(); }
  std::size_t footprint_bytes() const override {
    std::size_t bytes = sizeof(*this);
    for (const Part<T>& part : parts_) bytes += sizeof(part) + part.cut.offsets.size() * sizeof(std::int64_t);
    return bytes;
  }

  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    parallel_for(execution.at_most(threads_), layout_.units,
                 [&](std::int64_t unit) { pack(w, unit, reinterpret_cast<T*>(prepared)); });
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* packed = reinterpret_cast<T*>(workspace.data());
    const T* weights = operands.prepared ? reinterpret_cast<const T*>(operands.prepared) : packed;
    const std::int64_t packing = operands.prepared ? 0 : layout_.units;
    parallel_phases(execution.at_most(threads_), {packing, tasks_}, [&](int phase, std::int64_t task, int slot) {
      if (phase == 0) return pack(operands.w, task, packed);
      std::byte* scratch = workspace.data() + prepared_size() + static_cast<std::size_t>(slot) * scratch_bytes();
      run_task(operands, weights, task, scratch);
    });
  }

  void outline(Outline& outline) const override {
    const Tiling& tiling = parts_[0].cut.tiling;
    outline.line(fmt::format("cpu.window: {} of {} × {} positions, {} taps, {} on the lanes{}", tasks_, tiling.rows,
                             tiling.columns, parts_[0].cut.offsets.size(), layout_.channels ? "channels" : "positions",
                             parts_.size() > 1 ? fmt::format(", {} stride phases", parts_.size()) : ""));
  }

 private:
  static constexpr double call_seconds = 1e-6;
  static constexpr std::int64_t tasks_a_thread = 16;
  static constexpr DType number_type = std::is_same_v<T, double> ? DType::f64 : DType::f32;

  void add(Part<T> part) {
    part.weights_at = weight_numbers_;
    part.first_task = tasks_;
    weight_numbers_ = whole_lines(weight_numbers_ + part.weights.numbers());
    tasks_ += problem_.geometry.batch * part.cut.tiles() * unit_blocks();
    planes_ = std::max(planes_, plane_count(part.cut.sweep, part.cut.tiling));
    staged_ = std::max(staged_, part.cut.channel * roles_.source_channels);
    sum_stride_ =
        std::max(sum_stride_, whole_lines(part.cut.tiling.run() * layout_.room + slack_numbers(layout_, lanes())));
    parts_.push_back(std::move(part));
  }

  static int lanes() { return window::window_kernels<T>().lanes; }
  std::size_t prepared_size() const { return static_cast<std::size_t>(weight_numbers_) * sizeof(T); }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(staged_ + sum_stride_ * window::max_rows) * sizeof(T) + planes_bytes();
  }
  std::size_t planes_bytes() const { return static_cast<std::size_t>(whole_lines(planes_)) * sizeof(Inside); }
  std::int64_t unit_blocks() const { return ceil_div(layout_.units, units_per_task_); }

  void pack(const void* w, std::int64_t unit, T* packed) const {
    for (const Part<T>& part : parts_) part.weights.pack(problem_, part.cut.sweep, w, unit, packed + part.weights_at);
  }

  // Units are innermost: neighbours share lines of memory where channels are.
  void run_task(const Operands& operands, const T* weights, std::int64_t task, std::byte* scratch) const {
    const auto after = std::upper_bound(parts_.begin(), parts_.end(), task,
                                        [](std::int64_t t, const Part<T>& part) { return t < part.first_task; });
    const Part<T>& part = *(after - 1);
    const std::int64_t index = task - part.first_task, first = index % unit_blocks() * units_per_task_;
    const std::int64_t place = index / unit_blocks(), tiles = part.cut.tiles();
    auto* planes = reinterpret_cast<Inside*>(scratch);
    T* staged = reinterpret_cast<T*>(scratch + planes_bytes());
    const Place at{part, tile_at(part.cut.sweep, part.cut.tiling, place % tiles), place / tiles, planes};
    find_inside(part.cut.sweep, part.cut.tiling, at.tile, planes);
    std::fill(staged, staged + part.cut.channel * roles_.source_channels, T(0));
    for (std::int64_t unit = first; unit < std::min(first + units_per_task_, layout_.units); ++unit)
      run_unit(operands, weights, at, unit, staged);
  }

  // A tile of an image.
  struct Place {
    const Part<T>& part;
    Tile tile;
    std::int64_t image;
    const Inside* planes;
  };

  void run_unit(const Operands& operands, const T* weights, const Place& at, std::int64_t unit, T* staged) const {
    const Part<T>& part = at.part;
    stage(operands, at, unit, staged);
    T* sums = staged + staged_;
    for (std::int64_t row = 0; row < rows(); row += part.weights.width(row)) {
      const std::int64_t count = layout_.channels ? 1 : part.weights.width(row);
      multiply(part.cut, at.tile, staged, part.weights.at(weights + part.weights_at, unit, row), count, sums);
      for (std::int64_t r = 0; r < count; ++r) store(operands, at, unit, row + r, sums + r * sum_stride_);
    }
  }

  std::int64_t rows() const { return layout_.channels ? 1 : roles_.position_channels; }

  void stage(const Operands& operands, const Place& at, std::int64_t unit, T* to) const {
    const Operand& source = problem_.operand(roles_.source);
    const Cut& cut = at.part.cut;
    const auto* base = static_cast<const std::byte*>(operands.get(roles_.source));
    for (std::int64_t c = 0; c < roles_.source_channels; ++c) {
      const std::int64_t offset =
          at.image * source.strides[0] + layout_.first_group(unit) * source.strides[1] + c * source.strides[2];
      stage_.fill(cut.sweep, cut.tiling, at.planes, plane_count(cut.sweep, cut.tiling),
                  base + offset * static_cast<std::int64_t>(size_of(source.dtype)),
                  layout_.lanes(problem_, roles_.source, unit), to + c * cut.channel);
    }
  }

  void multiply(const Cut& cut, const Tile& tile, const T* staged, const T* weights, std::int64_t rows, T* sums) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const window::TapList taps{cut.offsets.data(), static_cast<std::int64_t>(cut.offsets.size())};
    const std::int64_t positions = cut.tiling.run(tile.rows, tile.columns), lanes = kernels.lanes;
    if (!layout_.channels)
      return kernels.positions[static_cast<std::size_t>(rows - 1)](taps, staged, weights, rows, lanes,
                                                                   ceil_div(positions, lanes), sums, sum_stride_);
    for (std::int64_t lane = 0; lane < layout_.room; lane += lanes)
      kernels.channels(taps, staged + lane, weights + lane, layout_.room, layout_.room, positions, sums + lane, 0);
  }

  void store(const Operands& operands, const Place& at, std::int64_t unit, std::int64_t row, const T* sums) const {
    const Operand& written = problem_.written();
    const Sweep& sweep = at.part.cut.sweep;
    const auto& [outer, line, column] = sweep.axes;
    const std::int64_t group = layout_.first_group(unit);
    const auto bytes = static_cast<std::int64_t>(size_of(written.dtype));
    const std::int64_t first = at.image * written.strides[0] + group * written.strides[1] + row * written.strides[2] +
                               sweep.position_offset + at.tile.at[0] * outer.position_stride +
                               at.tile.at[1] * line.position_stride + at.tile.at[2] * column.position_stride;
    RowTarget target{.bias_step = layout_.channels ? 1 : 0, .alpha = operands.alpha};
    if (problem_.epilogue.bias)
      target.bias = static_cast<const std::byte*>(operands.bias) + (group * roles_.position_channels + row) * bytes;
    const auto put = [&](std::int64_t offset, std::int64_t step, std::int64_t count, const T* from) {
      target.to = static_cast<std::byte*>(operands.get(roles_.positions)) + offset * bytes;
      if (as_it_is_ && step == 1) return short_copy(reinterpret_cast<T*>(target.to), from, count);
      target.z = problem_.epilogue.add ? static_cast<const std::byte*>(operands.z) + offset * bytes : nullptr;
      target.step = step;
      store_(problem_, from, count, target);
    };
    const std::int64_t channels = layout_.groups(problem_, unit);
    for (std::int64_t i = 0; i < at.tile.rows; ++i, sums += at.part.cut.tiling.pitch * layout_.room) {
      const std::int64_t offset = first + i * line.position_stride;
      if (!layout_.channels) put(offset, column.position_stride, at.tile.columns, sums);
      for (std::int64_t j = 0; layout_.channels && j < at.tile.columns; ++j)
        put(offset + j * column.position_stride, 1, channels, sums + j * layout_.room);
    }
  }

  double cycles() const;

  ConvProblem problem_;
  Roles roles_;
  Layout layout_;
  Stage<T> stage_;
  RowStore<T> store_;
  int threads_;
  std::vector<Part<T>> parts_;
  bool as_it_is_;  // sums are stored without an epilogue or a conversion
  std::int64_t units_per_task_ = 1, tasks_ = 0, weight_numbers_ = 0, staged_ = 0, sum_stride_ = 0, planes_ = 0;
};

// Of one thread: vectors are multiplied and loaded two a cycle, staged and stored at about half of that.
template <class T>
double SumPlan<T>::cycles() const {
  double all = 0;
  const double lanes = SumPlan::lanes(), width = layout_.channels ? static_cast<double>(layout_.room) / lanes : 1;
  for (const Part<T>& part : parts_) {
    const Tiling& tiling = part.cut.tiling;
    const double vectors = layout_.channels ? static_cast<double>(tiling.run()) * width
                                            : static_cast<double>(ceil_div(tiling.run(), SumPlan::lanes()));
    const double rows = static_cast<double>(this->rows()), taps = static_cast<double>(part.cut.offsets.size());
    const double staged = static_cast<double>(tiling.channel * roles_.source_channels) * width;
    const double stored = static_cast<double>(tiling.rows * tiling.columns) * rows * width;
    const double tile = 0.7 * taps * vectors * rows + 0.2 * staged + 0.4 * stored + 100;
    all += tile * static_cast<double>(problem_.geometry.batch * part.cut.tiles() * layout_.units);
  }
  return all + static_cast<double>(weight_numbers_);
}

}  // namespace

std::shared_ptr<Plan> make_sum_plan(const ConvProblem& problem, const DeviceInfo& device) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<SumPlan<double>>(problem, device);
  return std::make_shared<SumPlan<float>>(problem, device);
}

}  // namespace faltung::cpu_window
