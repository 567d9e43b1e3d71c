#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/parallel_for.h"
#include "engines/cpu/window/channels/channels.h"
#include "engines/cpu/window/cost.h"
#include "engines/cpu/window/few/few.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/planes/planes.h"
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
        stage_(problem.operand(roles_of(problem).source).dtype),
        store_(problem_),
        sums_(problem, device),
        threads_(worthwhile_threads(device.threads, sums_.cycles(problem) / device.hertz)) {
    const double share = std::min<double>(threads_, static_cast<double>(sums_.tasks));
    const double seconds = sums_.cycles(problem) / device.hertz / share;
    promise(Accuracy::reassociated, call_seconds + std::max(seconds, operand_seconds(problem, device, share)));
  }

  std::size_t workspace_bytes() const override {
    return sums_.weight_bytes() + static_cast<std::size_t>(threads_) * sums_.scratch_bytes();
  }
  std::size_t prepared_bytes() const override { return sums_.weight_bytes(); }
  std::size_t footprint_bytes() const override {
    std::size_t bytes = sizeof(*this);
    for (const Part<T>& part : sums_.parts) bytes += sizeof(part) + part.cut.bytes();
    return bytes;
  }

  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    parallel_for(execution.at_most(threads_), problem_.geometry.groups,
                 [&](std::int64_t group) { pack(w, group, reinterpret_cast<T*>(prepared)); });
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    T* packed = reinterpret_cast<T*>(workspace.data());
    const T* weights = operands.prepared ? reinterpret_cast<const T*>(operands.prepared) : packed;
    const std::int64_t packing = operands.prepared ? 0 : problem_.geometry.groups;
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
    outline.line(fmt::format("cpu.window: {} of {} × {} positions, {} taps{}", sums_.tasks, tiling.rows, tiling.columns,
                             parts[0].cut.offsets.size(),
                             parts.size() > 1 ? fmt::format(", {} stride phases", parts.size()) : ""));
  }

 private:
  void pack(const void* w, std::int64_t group, T* packed) const {
    for (const Part<T>& part : sums_.parts)
      part.weights.pack(problem_, part.cut.sweep, w, group, packed + part.weights_at);
  }

  // Groups are innermost: neighbours share lines of memory where channels are.
  void run_task(const Operands& operands, const T* weights, std::int64_t task, std::byte* scratch) const {
    const Together& some = sums_.of_task(task);
    const std::int64_t index = task - some.first_task, first = index % sums_.group_blocks * sums_.groups_per_task;
    const std::int64_t end = std::min(first + sums_.groups_per_task, problem_.geometry.groups);
    const Place<T> at = place_of(sums_.parts_of(some), index / sums_.group_blocks, scratch);
    for (std::int64_t group = first; group < end; ++group) run_group(operands, weights, at, group);
  }

  Place<T> place_of(std::span<const Part<T>> parts, std::int64_t index, std::byte* scratch) const {
    const std::int64_t tiles = parts[0].cut.tiles();
    Place<T> at{.parts = parts, .image = index / tiles, .planes = reinterpret_cast<Inside*>(scratch)};
    at.planes_step = sums_.planes, at.staged_step = sums_.staged, at.sum_stride = sums_.sum_stride;
    at.staged = reinterpret_cast<T*>(scratch + sums_.planes_bytes());
    at.sums = at.staged + sums_.staged * sums_.most_parts;
    at.lines = at.sums + sums_.sum_stride * window::max_rows * sums_.most_parts;
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

  void run_group(const Operands& operands, const T* weights, const Place<T>& at, std::int64_t group) const {
    for (std::size_t p = 0; p < at.parts.size(); ++p)
      stage_source(problem_, at.parts[p].cut, stage_, at.planes_of(p), operands, at.image, group, at.staged_of(p));
    const Weights<T>& shape = at.parts[0].weights;
    for (std::int64_t row = 0; row < roles_of(problem_).position_channels; row += shape.width(row)) {
      const std::int64_t count = shape.width(row);
      for (std::size_t p = 0; p < at.parts.size(); ++p)
        if (at.tiles[p].columns > 0) sum(at, p, weights_of(at.parts[p], weights, group, row), count);
      store_.store_rows(operands, at, group, row, count);
    }
  }

  static const T* weights_of(const Part<T>& part, const T* weights, std::int64_t group, std::int64_t row) {
    return part.weights.at(weights + part.weights_at, group, row);
  }

  void sum(const Place<T>& at, std::size_t p, const T* weights, std::int64_t rows) const {
    const window::WindowKernels<T>& kernels = window::window_kernels<T>();
    const Cut& cut = at.parts[p].cut;
    const std::int64_t positions = cut.tiling.run(at.tiles[p].rows, at.tiles[p].columns), lanes = kernels.lanes;
    kernels.sums[static_cast<std::size_t>(rows - 1)](cut.taps(), at.staged_of(p), weights, ceil_div(positions, lanes),
                                                     at.sums_of(p, 0), at.sum_stride);
  }

  ConvProblem problem_;
  Stage<T> stage_;
  SumStore<T> store_;
  SumParts<T> sums_;
  int threads_;
};

template <class T>
std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device) {
  if (has_channel_kernels<T>(problem)) return make_channel_sum_plan<T>(problem, device);
  if constexpr (reads_planes<T>)
    if (has_plane_kernels<T>(problem)) return make_plane_sum_plan<T>(problem, device);
  if (const auto few = few_of(problem))
    return (few->many == written_role(problem.pass) ? make_few_gather_plan : make_few_scatter_plan)(problem, *few,
                                                                                                    device);
  return std::make_shared<SumPlan<T>>(problem, device);
}

}  // namespace

std::shared_ptr<Plan> make_sum_plan(const ConvProblem& problem, const DeviceInfo& device) {
  return accumulator_of(problem) == DType::f64 ? make_plan<double>(problem, device) : make_plan<float>(problem, device);
}

}  // namespace faltung::cpu_window
