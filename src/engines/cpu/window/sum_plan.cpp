#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/parallel_for.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/sum_store.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

template <class T>
class SumPlan final : public Plan {
 public:
  SumPlan(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem),
        layout_(layout_of<T>(problem)),
        stage_(problem.operand(roles_of(problem).source).dtype),
        store_(problem_, layout_),
        sums_(problem, layout_, device),
        threads_(worthwhile_threads(device.threads, sums_.cycles(problem, layout_) / device.hertz)) {
    const double share = std::min<double>(threads_, static_cast<double>(sums_.tasks));
    const double seconds = sums_.cycles(problem, layout_) / device.hertz / share;
    promise(Accuracy::reassociated, call_seconds + std::max(seconds, bytes_of(problem) / device.bytes_per_second));
  }

  std::size_t workspace_bytes() const override {
    return sums_.weight_bytes() + static_cast<std::size_t>(threads_) * sums_.scratch_bytes();
  }
  std::size_t prepared_bytes() const override { return sums_.weight_bytes(); }
  std::size_t footprint_bytes() const override {
    std::size_t bytes = sizeof(*this);
    for (const Part<T>& part : sums_.parts) bytes += sizeof(part) + part.cut.offsets.size() * sizeof(std::int64_t);
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
    parallel_phases(execution.at_most(threads_), {packing, sums_.tasks}, [&](int phase, std::int64_t task, int slot) {
      if (phase == 0) return pack(operands.w, task, packed);
      std::byte* scratch =
          workspace.data() + sums_.weight_bytes() + static_cast<std::size_t>(slot) * sums_.scratch_bytes();
      run_task(operands, weights, task, scratch);
    });
  }

  void outline(Outline& outline) const override {
    const std::vector<Part<T>>& parts = sums_.parts;
    const Tiling& tiling = parts[0].cut.tiling;
    outline.line(fmt::format("cpu.window: {} of {} × {} positions, {} taps, {} on the lanes{}", sums_.tasks,
                             tiling.rows, tiling.columns, parts[0].cut.offsets.size(),
                             layout_.channels ? "channels" : "positions",
                             parts.size() > 1 ? fmt::format(", {} stride phases", parts.size()) : ""));
  }

 private:
  static constexpr double call_seconds = 1e-6;

  void pack(const void* w, std::int64_t unit, T* packed) const {
    for (const Part<T>& part : sums_.parts)
      part.weights.pack(problem_, part.cut.sweep, w, unit, packed + part.weights_at);
  }

  // Units are innermost: neighbours share lines of memory where channels are.
  void run_task(const Operands& operands, const T* weights, std::int64_t task, std::byte* scratch) const {
    const Group& group = sums_.group_of(task);
    const std::int64_t index = task - group.first_task, first = index % sums_.unit_blocks * sums_.units_per_task;
    const Place<T> at = place_of(sums_.parts_of(group), index / sums_.unit_blocks, scratch);
    for (std::int64_t unit = first; unit < std::min(first + sums_.units_per_task, layout_.units); ++unit)
      run_unit(operands, weights, at, unit);
  }

  Place<T> place_of(std::span<const Part<T>> parts, std::int64_t index, std::byte* scratch) const {
    const std::int64_t tiles = parts[0].cut.tiles();
    Place<T> at{.parts = parts, .image = index / tiles, .planes = reinterpret_cast<Inside*>(scratch)};
    at.planes_step = sums_.planes, at.staged_step = sums_.staged, at.sum_stride = sums_.sum_stride;
    at.staged = reinterpret_cast<T*>(scratch + sums_.planes_bytes());
    at.sums = at.staged + sums_.staged * sums_.together;
    at.lines = at.sums + sums_.sum_stride * window::max_rows * sums_.together;
    const Tile tile = tile_at(parts[0].cut.sweep, parts[0].cut.tiling, index % tiles);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const Cut& cut = parts[p].cut;
      at.tiles[p] = tile;
      at.tiles[p].columns = std::min(tile.columns, cut.sweep.axes[2].count - tile.at[2]);
      find_inside(cut.sweep, cut.tiling, tile, at.planes + static_cast<std::int64_t>(p) * at.planes_step);
    }
    std::fill(at.staged, at.sums, T(0));
    return at;
  }

  void run_unit(const Operands& operands, const T* weights, const Place<T>& at, std::int64_t unit) const {
    for (std::size_t p = 0; p < at.parts.size(); ++p)
      stage_source(problem_, layout_, at.parts[p].cut, stage_, at.planes_of(p), operands, at.image, unit,
                   at.staged_of(p));
    if (store_.takes_sums_directly(unit)) return sum_directly(operands, weights, at, unit);
    const Weights<T>& shape = at.parts[0].weights;
    for (std::int64_t row = 0; row < rows_of(problem_, layout_); row += shape.width(row)) {
      const std::int64_t count = layout_.channels ? 1 : shape.width(row);
      for (std::size_t p = 0; p < at.parts.size(); ++p)
        if (at.tiles[p].columns > 0) sum(at, p, weights_of(at.parts[p], weights, unit, row), count);
      for (std::int64_t r = 0; r < count; ++r) store_.store(operands, at, unit, row + r, r);
    }
  }

  static const T* weights_of(const Part<T>& part, const T* weights, std::int64_t unit, std::int64_t row) {
    return part.weights.at(weights + part.weights_at, unit, row);
  }
  static window::TapList taps_of(const Cut& cut) {
    return {cut.offsets.data(), static_cast<std::int64_t>(cut.offsets.size())};
  }

  void sum(const Place<T>& at, std::size_t p, const T* weights, std::int64_t rows) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const Cut& cut = at.parts[p].cut;
    const std::int64_t positions = cut.tiling.run(at.tiles[p].rows, at.tiles[p].columns), lanes = kernels.lanes;
    const T* staged = at.staged_of(p);
    T* sums = at.sums_of(p, 0);
    if (!layout_.channels)
      return kernels.positions[static_cast<std::size_t>(rows - 1)](taps_of(cut), staged, weights, rows, lanes,
                                                                   ceil_div(positions, lanes), sums, at.sum_stride);
    sum_channels(cut, staged, weights, positions, sums, layout_.room);
  }

  // One line of channels at so many positions, whose sums lie `step` apart.
  void sum_channels(const Cut& cut, const T* staged, const T* weights, std::int64_t positions, T* sums,
                    std::int64_t step) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    for (std::int64_t lane = 0; lane < layout_.room; lane += kernels.lanes)
      kernels.channels(taps_of(cut), staged + lane, weights + lane, layout_.room, layout_.room, positions, sums + lane,
                       step);
  }

  // Row by row into the written operand; the few positions at the end that kernels would exceed by way of scratch.
  void sum_directly(const Operands& operands, const T* weights, const Place<T>& at, std::int64_t unit) const {
    const Cut& cut = at.parts[0].cut;
    const T* packed = weights_of(at.parts[0], weights, unit, 0);
    const Tile& tile = at.tiles[0];
    const std::int64_t whole = tile.columns / window::whole_vectors * window::whole_vectors, room = layout_.room;
    const std::int64_t step = cut.sweep.axes[2].position_stride;
    T* to = reinterpret_cast<T*>(store_.first(operands, at, unit, 0));
    const T* from = at.staged;
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      sum_channels(cut, from, packed, whole, to, step);
      sum_channels(cut, from + whole * room, packed, tile.columns - whole, at.sums, room);
      for (std::int64_t j = whole; j < tile.columns; ++j)
        std::memcpy(to + j * step, at.sums + (j - whole) * room, static_cast<std::size_t>(room) * sizeof(T));
      to += cut.sweep.axes[1].position_stride;
      from += cut.tiling.pitch * room;
    }
  }

  ConvProblem problem_;
  Layout layout_;
  Stage<T> stage_;
  SumStore<T> store_;
  SumParts<T> sums_;
  int threads_;
};

}  // namespace

std::shared_ptr<Plan> make_sum_plan(const ConvProblem& problem, const DeviceInfo& device) {
  if (accumulator_of(problem) == DType::f64) return std::make_shared<SumPlan<double>>(problem, device);
  return std::make_shared<SumPlan<float>>(problem, device);
}

}  // namespace faltung::cpu_window
