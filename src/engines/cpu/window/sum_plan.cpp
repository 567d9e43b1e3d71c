#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/parallel_for.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/cut.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/short_copy.h"
#include "engines/cpu/window/weights.h"
#include "kernels/epilogue/store_rows.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

template <class T>
struct Part {
  Cut cut;
  Weights<T> weights;
  std::int64_t weights_at = 0;  // numbers before its own
};

// Parts whose positions alternate along the innermost axis: they are computed together and stored as one row.
struct Group {
  std::size_t first = 0, count = 1;
  std::int64_t first_task = 0;
};
constexpr std::size_t most_together = 4;

template <class T>
class SumPlan final : public Plan {
 public:
  SumPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        roles_(roles_of(problem)),
        layout_(layout_of<T>(problem)),
        stage_(problem.operand(roles_.source).dtype),
        store_(epilogue::store_rows_for(number_type, problem.written().dtype)),
        threads_(device.threads),
        as_it_is_(problem.epilogue.empty() && !problem.accumulate && problem.written().dtype == number_type) {
    units_per_task_ =
        std::clamp<std::int64_t>(problem.geometry.batch * layout_.units / (tasks_a_thread * threads_), 1, 64);
    const std::vector<Sweep> sweeps = sweeps_of(problem);
    for (std::size_t first = 0; first < sweeps.size(); first += together())
      add_group(std::span(sweeps).subspan(first, together()), device);
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

  // With channels on the lanes a position is a line of memory by itself.
  std::size_t together() const {
    const auto phases = static_cast<std::size_t>(innermost_sweeps(problem_));
    return layout_.channels || phases > most_together ? 1 : phases;
  }

  // Tiles of the first, which has the most positions.
  void add_group(std::span<const Sweep> sweeps, const DeviceInfo& device) {
    const auto count = static_cast<std::int64_t>(sweeps.size());
    const std::int64_t rows = std::min<std::int64_t>(window::max_rows, roles_.position_channels);
    const Room room = room_for(problem_, layout_, device, rows, count, sizeof(T));
    const Tiling tiling = tiling_of(sweeps[0], room);
    groups_.push_back({.first = parts_.size(), .count = sweeps.size(), .first_task = tasks_});
    for (const Sweep& sweep : sweeps)
      add(Part<T>{.cut = cut(problem_, layout_, sweep, tiling_of(sweep, room, tiling.rows, tiling.columns), sizeof(T)),
                  .weights = {problem_, layout_, sweep}});
    together_ = std::max(together_, count);
    tasks_ += problem_.geometry.batch * parts_[groups_.back().first].cut.tiles() * unit_blocks();
  }

  void add(Part<T> part) {
    part.weights_at = weight_numbers_;
    weight_numbers_ = whole_lines(weight_numbers_ + part.weights.numbers());
    planes_ = std::max(planes_, whole_lines(plane_count(part.cut.sweep, part.cut.tiling)));
    staged_ = std::max(staged_, part.cut.channel * roles_.source_channels);
    sum_stride_ =
        std::max(sum_stride_, whole_lines(part.cut.tiling.run() * layout_.room + slack_numbers(layout_, lanes())));
    parts_.push_back(std::move(part));
  }

  static int lanes() { return window::window_kernels<T>().lanes; }
  std::size_t prepared_size() const { return static_cast<std::size_t>(weight_numbers_) * sizeof(T); }
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(staged_ * together_ + sum_stride_ * (window::max_rows + 1) * together_) *
               sizeof(T) +
           planes_bytes();
  }
  std::size_t planes_bytes() const { return static_cast<std::size_t>(planes_ * together_) * sizeof(Inside); }
  std::int64_t unit_blocks() const { return ceil_div(layout_.units, units_per_task_); }

  void pack(const void* w, std::int64_t unit, T* packed) const {
    for (const Part<T>& part : parts_) part.weights.pack(problem_, part.cut.sweep, w, unit, packed + part.weights_at);
  }

  // A tile of an image, in each of the parts that are computed together.
  struct Place {
    std::span<const Part<T>> parts;
    std::array<Tile, most_together> tiles;
    std::int64_t image = 0;
    Inside* planes = nullptr;
    T *staged = nullptr, *sums = nullptr, *line = nullptr;
  };

  // Units are innermost: neighbours share lines of memory where channels are.
  void run_task(const Operands& operands, const T* weights, std::int64_t task, std::byte* scratch) const {
    const auto after = std::upper_bound(groups_.begin(), groups_.end(), task,
                                        [](std::int64_t t, const Group& group) { return t < group.first_task; });
    const Group& group = *(after - 1);
    const std::int64_t index = task - group.first_task, first = index % unit_blocks() * units_per_task_;
    const Place at = place_of(std::span(parts_).subspan(group.first, group.count), index / unit_blocks(), scratch);
    for (std::int64_t unit = first; unit < std::min(first + units_per_task_, layout_.units); ++unit)
      run_unit(operands, weights, at, unit);
  }

  Place place_of(std::span<const Part<T>> parts, std::int64_t index, std::byte* scratch) const {
    const std::int64_t tiles = parts[0].cut.tiles();
    Place at{.parts = parts, .tiles = {}, .image = index / tiles, .planes = reinterpret_cast<Inside*>(scratch)};
    at.staged = reinterpret_cast<T*>(scratch + planes_bytes());
    at.sums = at.staged + staged_ * together_;
    at.line = at.sums + sum_stride_ * window::max_rows * together_;
    const Tile tile = tile_at(parts[0].cut.sweep, parts[0].cut.tiling, index % tiles);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      at.tiles[p] = tile;
      at.tiles[p].columns = std::min(tile.columns, parts[p].cut.sweep.axes[2].count - tile.at[2]);
      find_inside(parts[p].cut.sweep, parts[p].cut.tiling, tile, at.planes + static_cast<std::int64_t>(p) * planes_);
    }
    std::fill(at.staged, at.sums, T(0));
    return at;
  }

  void run_unit(const Operands& operands, const T* weights, const Place& at, std::int64_t unit) const {
    for (std::size_t p = 0; p < at.parts.size(); ++p) stage(operands, at, p, unit);
    const Weights<T>& shape = at.parts[0].weights;
    for (std::int64_t row = 0; row < rows(); row += shape.width(row)) {
      const std::int64_t count = layout_.channels ? 1 : shape.width(row);
      if (writes_directly(unit)) {
        multiply_directly(operands, at, at.parts[0].weights.at(weights + at.parts[0].weights_at, unit, row), unit);
        continue;
      }
      for (std::size_t p = 0; p < at.parts.size(); ++p) {
        const Part<T>& part = at.parts[p];
        if (at.tiles[p].columns > 0)
          multiply(part.cut, at.tiles[p], staged(at, p), part.weights.at(weights + part.weights_at, unit, row), count,
                   sums(at, p, 0));
      }
      for (std::int64_t r = 0; r < count; ++r) store(operands, at, unit, row + r, r);
    }
  }

  T* staged(const Place& at, std::size_t p) const { return at.staged + static_cast<std::int64_t>(p) * staged_; }
  T* sums(const Place& at, std::size_t p, std::int64_t row) const {
    return at.sums + (static_cast<std::int64_t>(p) * window::max_rows + row) * sum_stride_;
  }

  std::int64_t rows() const { return layout_.channels ? 1 : roles_.position_channels; }

  void stage(const Operands& operands, const Place& at, std::size_t p, std::int64_t unit) const {
    const Operand& source = problem_.operand(roles_.source);
    const Cut& cut = at.parts[p].cut;
    const auto* base = static_cast<const std::byte*>(operands.get(roles_.source));
    for (std::int64_t c = 0; c < roles_.source_channels; ++c) {
      const std::int64_t offset =
          at.image * source.strides[0] + layout_.first_group(unit) * source.strides[1] + c * source.strides[2];
      stage_.fill(cut.sweep, cut.tiling, at.planes + static_cast<std::int64_t>(p) * planes_,
                  plane_count(cut.sweep, cut.tiling), base + offset * static_cast<std::int64_t>(size_of(source.dtype)),
                  layout_.lanes(problem_, roles_.source, unit), staged(at, p) + c * cut.channel);
    }
  }

  // Channels on the lanes that are stored as they are: rows of sums go where they belong, but for a few at the end.
  bool writes_directly(std::int64_t unit) const {
    return layout_.channels && as_it_is_ && layout_.groups(problem_, unit) == layout_.room;
  }

  void multiply_directly(const Operands& operands, const Place& at, const T* weights, std::int64_t unit) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const Cut& cut = at.parts[0].cut;
    const window::TapList taps{cut.offsets.data(), static_cast<std::int64_t>(cut.offsets.size())};
    const Tile& tile = at.tiles[0];
    const std::int64_t whole = tile.columns / window::whole_vectors * window::whole_vectors, room = layout_.room;
    const std::int64_t step = cut.sweep.axes[2].position_stride;
    T* to = static_cast<T*>(operands.get(roles_.positions)) + first_offset(at, unit, 0);
    const T* from = at.staged;
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      for (std::int64_t lane = 0; lane < room; lane += kernels.lanes) {
        kernels.channels(taps, from + lane, weights + lane, room, room, whole, to + lane, step);
        kernels.channels(taps, from + whole * room + lane, weights + lane, room, room, tile.columns - whole,
                         at.sums + lane, room);
      }
      for (std::int64_t j = whole; j < tile.columns; ++j)
        std::memcpy(to + j * step, at.sums + (j - whole) * room, static_cast<std::size_t>(room) * sizeof(T));
      to += cut.sweep.axes[1].position_stride;
      from += cut.tiling.pitch * room;
    }
  }

  // Of the tile's first position in the written operand.
  std::int64_t first_offset(const Place& at, std::int64_t unit, std::int64_t row) const {
    const Dims& strides = problem_.written().strides;
    const Sweep& sweep = at.parts[0].cut.sweep;
    std::int64_t offset =
        at.image * strides[0] + layout_.first_group(unit) * strides[1] + row * strides[2] + sweep.position_offset;
    for (std::size_t a = 0; a < 3; ++a) offset += at.tiles[0].at[a] * sweep.axes[a].position_stride;
    return offset;
  }

  void multiply(const Cut& cut, const Tile& tile, const T* staged, const T* weights, std::int64_t rows, T* sums) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const window::TapList taps{cut.offsets.data(), static_cast<std::int64_t>(cut.offsets.size())};
    const std::int64_t positions = cut.tiling.run(tile.rows, tile.columns), lanes = kernels.lanes;
    if (!layout_.channels)
      return kernels.positions[static_cast<std::size_t>(rows - 1)](taps, staged, weights, rows, lanes,
                                                                   ceil_div(positions, lanes), sums, sum_stride_);
    for (std::int64_t lane = 0; lane < layout_.room; lane += lanes)
      kernels.channels(taps, staged + lane, weights + lane, layout_.room, layout_.room, positions, sums + lane,
                       layout_.room);
  }

  void store(const Operands& operands, const Place& at, std::int64_t unit, std::int64_t row, std::int64_t r) const {
    const Operand& written = problem_.written();
    const Sweep& sweep = at.parts[0].cut.sweep;
    const std::int64_t group = layout_.first_group(unit), first = first_offset(at, unit, row);
    const auto bytes = static_cast<std::int64_t>(size_of(written.dtype));
    epilogue::Rows target{.bias_step = layout_.channels ? 1 : 0,
                          .alpha = operands.alpha,
                          .accumulate = problem_.accumulate,
                          .activation = problem_.epilogue.activation};
    if (problem_.epilogue.bias)
      target.bias = static_cast<const std::byte*>(operands.bias) + (group * roles_.position_channels + row) * bytes;
    const auto put = [&](std::int64_t offset, std::int64_t step, std::int64_t count, const T* from) {
      target.to = static_cast<std::byte*>(operands.get(roles_.positions)) + offset * bytes;
      if (as_it_is_ && step == 1) return short_copy(static_cast<T*>(target.to), from, count);
      target.z = problem_.epilogue.add ? static_cast<const std::byte*>(operands.z) + offset * bytes : nullptr;
      target.to_step = step;
      target.sums = from;
      target.count = count;
      store_(target);
    };
    const std::int64_t channels = layout_.groups(problem_, unit), columns = at.tiles[0].columns;
    const std::int64_t step = at.parts.size() == 1 ? sweep.axes[2].position_stride
                                                   : at.parts[1].cut.sweep.position_offset - sweep.position_offset;
    for (std::int64_t i = 0; i < at.tiles[0].rows; ++i) {
      const std::int64_t offset = first + i * sweep.axes[1].position_stride;
      const T* from = sums(at, 0, r) + i * at.parts[0].cut.tiling.pitch * layout_.room;
      if (at.parts.size() > 1)
        put(offset, step, interleave(at, r, i), at.line);
      else if (!layout_.channels)
        put(offset, step, columns, from);
      for (std::int64_t j = 0; layout_.channels && j < columns; ++j)
        put(offset + j * step, 1, channels, from + j * layout_.room);
    }
  }

  // Row i of each part's sums to one row; returns how many there are.
  std::int64_t interleave(const Place& at, std::int64_t r, std::int64_t i) const {
    const auto parts = static_cast<std::int64_t>(at.parts.size());
    std::int64_t all = 0;
    if (parts == 2) {
      const T* even = sums(at, 0, r) + i * at.parts[0].cut.tiling.pitch;
      const T* odd = sums(at, 1, r) + i * at.parts[1].cut.tiling.pitch;
      for (std::int64_t j = 0; j < at.tiles[0].columns; ++j) at.line[2 * j] = even[j], at.line[2 * j + 1] = odd[j];
      return at.tiles[0].columns + at.tiles[1].columns;
    }
    for (std::int64_t p = 0; p < parts; ++p) {
      const auto part = static_cast<std::size_t>(p);
      const T* from = sums(at, part, r) + i * at.parts[part].cut.tiling.pitch;
      for (std::int64_t j = 0; j < at.tiles[part].columns; ++j) at.line[j * parts + p] = from[j];
      all += at.tiles[part].columns;
    }
    return all;
  }

  double cycles() const;

  ConvProblem problem_;
  Roles roles_;
  Layout layout_;
  Stage<T> stage_;
  epilogue::StoreRows store_;
  int threads_;
  std::vector<Part<T>> parts_;
  std::vector<Group> groups_;
  bool as_it_is_;  // sums are stored without an epilogue or a conversion
  std::int64_t units_per_task_ = 1, tasks_ = 0, weight_numbers_ = 0, staged_ = 0, sum_stride_ = 0, planes_ = 0;
  std::int64_t together_ = 1;
};

// Of one thread.
template <class T>
double SumPlan<T>::cycles() const {
  double all = 0;
  const double rows = static_cast<double>(this->rows()), images = static_cast<double>(problem_.geometry.batch);
  const double blocks = std::ceil(rows / window::max_rows);
  for (const Part<T>& part : parts_) {
    const auto& [sweep, tiling, channel, offsets] = part.cut;
    const double vectors = std::ceil(static_cast<double>(tiling.run() * layout_.room) / lanes());
    const double staged = static_cast<double>(tiling.channel * roles_.source_channels);
    const double stored = static_cast<double>(tiling.rows * tiling.columns) * rows;
    const std::int64_t source = sweep.axes[2].step * sweep.axes[2].source_stride;
    const double unit = static_cast<double>(offsets.size()) * vectors * blocks *
                            multiplying_cycles(layout_, rows / blocks, roles_.source_channels) +
                        moving_cycles(layout_, staged, source, lanes()) +
                        moving_cycles(layout_, stored, sweep.axes[2].position_stride, lanes());
    all += (unit * static_cast<double>(layout_.units) + tile_cycles * static_cast<double>(unit_blocks())) *
           static_cast<double>(part.cut.tiles()) * images;
  }
  return all + static_cast<double>(weight_numbers_);
}

}  // namespace

std::shared_ptr<Plan> make_sum_plan(const ConvProblem& problem, const DeviceInfo& device) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<SumPlan<double>>(problem, device);
  return std::make_shared<SumPlan<float>>(problem, device);
}

}  // namespace faltung::cpu_window
