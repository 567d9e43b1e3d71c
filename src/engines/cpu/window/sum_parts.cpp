#include "engines/cpu/window/sum_parts.h"

#include <algorithm>
#include <cmath>

#include "engines/cpu/window/cost.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t tasks_a_thread = 16, most_units = 64;

// With channels on the lanes a position is a line of memory by itself.
std::size_t parts_together(const ConvProblem& problem, const Layout& layout) {
  const auto phases = static_cast<std::size_t>(innermost_sweeps(problem));
  return layout.channels || phases > most_together ? 1 : phases;
}

template <class T>
int lanes() {
  return window::window_kernels<T>().lanes;
}

}  // namespace

template <class T>
SumParts<T>::SumParts(const ConvProblem& problem, const Layout& layout, const DeviceInfo& device) {
  units_per_task = std::clamp<std::int64_t>(problem.geometry.batch * layout.units / (tasks_a_thread * device.threads),
                                            1, most_units);
  unit_blocks = ceil_div(layout.units, units_per_task);
  const std::vector<Sweep> sweeps = sweeps_of(problem);
  const std::size_t count = parts_together(problem, layout);
  for (std::size_t first = 0; first < sweeps.size(); first += count)
    add_group(problem, layout, device, std::span(sweeps).subspan(first, count));
}

// Tiles of the first, which has the most positions.
template <class T>
void SumParts<T>::add_group(const ConvProblem& problem, const Layout& layout, const DeviceInfo& device,
                            std::span<const Sweep> sweeps) {
  const auto count = static_cast<std::int64_t>(sweeps.size());
  const std::int64_t rows = std::min<std::int64_t>(window::max_rows, roles_of(problem).position_channels);
  const Room room = room_for(problem, layout, device, rows, count, sizeof(T));
  const Tiling tiling = tiling_of(sweeps[0], room);
  groups.push_back({.first = parts.size(), .count = sweeps.size(), .first_task = tasks});
  for (const Sweep& sweep : sweeps) {
    const Tiling same = tiling_of(sweep, room, tiling.rows, tiling.columns);
    add(problem, layout, {.cut = cut(problem, layout, sweep, same, sizeof(T)), .weights = {problem, layout, sweep}});
  }
  together = std::max(together, count);
  tasks += problem.geometry.batch * parts[groups.back().first].cut.tiles() * unit_blocks;
}

template <class T>
void SumParts<T>::add(const ConvProblem& problem, const Layout& layout, Part<T> part) {
  const Cut& cut = part.cut;
  part.weights_at = weights;
  weights = whole_lines(weights + part.weights.numbers());
  planes = std::max(planes, whole_lines(plane_count(cut.sweep, cut.tiling)));
  staged = std::max(staged, cut.channel * roles_of(problem).source_channels);
  sum_stride = std::max(sum_stride, whole_lines(cut.tiling.run() * layout.room + slack_numbers(layout, lanes<T>())));
  parts.push_back(std::move(part));
}

template <class T>
const Group& SumParts<T>::group_of(std::int64_t task) const {
  const auto after = std::upper_bound(groups.begin(), groups.end(), task,
                                      [](std::int64_t t, const Group& group) { return t < group.first_task; });
  return *(after - 1);
}

// One row of sums more for each part, where those of all parts are joined.
template <class T>
std::size_t SumParts<T>::scratch_bytes() const {
  const std::int64_t numbers = (staged + sum_stride * (window::max_rows + 1)) * together;
  return planes_bytes() + static_cast<std::size_t>(numbers) * sizeof(T);
}

template <class T>
double SumParts<T>::cycles(const ConvProblem& problem, const Layout& layout) const {
  const std::int64_t channels = roles_of(problem).source_channels;
  const double rows = static_cast<double>(rows_of(problem, layout)), blocks = std::ceil(rows / window::max_rows);
  double all = 0;
  for (const Part<T>& part : parts) {
    const auto& [sweep, tiling, channel, offsets] = part.cut;
    const double vectors = std::ceil(static_cast<double>(tiling.run() * layout.room) / lanes<T>());
    const double stored = static_cast<double>(tiling.rows * tiling.columns) * rows;
    const double unit =
        static_cast<double>(offsets.size()) * vectors * blocks * multiplying_cycles(layout, rows / blocks, channels) +
        moving_cycles(layout, static_cast<double>(tiling.channel * channels),
                      sweep.axes[2].step * sweep.axes[2].source_stride, lanes<T>()) +
        moving_cycles(layout, stored, sweep.axes[2].position_stride, lanes<T>());
    all += (unit * static_cast<double>(layout.units) + tile_cycles * static_cast<double>(unit_blocks)) *
           static_cast<double>(part.cut.tiles());
  }
  return all * static_cast<double>(problem.geometry.batch) + static_cast<double>(weights);
}

template struct SumParts<float>;
template struct SumParts<double>;

}  // namespace faltung::cpu_window
