#include "engines/cpu/window/sum_parts.h"

#include <algorithm>
#include <cmath>

#include "engines/cpu/window/cost.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t tasks_a_thread = 16, most_groups = 64;

std::size_t parts_together(const ConvProblem& problem) {
  const auto phases = static_cast<std::size_t>(innermost_sweeps(problem));
  return phases > most_together ? 1 : phases;
}

template <class T>
int lanes() {
  return window::window_kernels<T>().lanes;
}

}  // namespace

template <class T>
SumParts<T>::SumParts(const ConvProblem& problem, const DeviceInfo& device) {
  const Geometry& g = problem.geometry;
  groups_per_task = std::clamp<std::int64_t>(g.batch * g.groups / (tasks_a_thread * device.threads), 1, most_groups);
  group_blocks = ceil_div(g.groups, groups_per_task);
  const std::vector<Sweep> sweeps = sweeps_of(problem);
  const std::size_t count = parts_together(problem);
  for (std::size_t first = 0; first < sweeps.size(); first += count)
    add_together(problem, device, std::span(sweeps).subspan(first, count));
}

// Tiles of the first, which has the most positions.
template <class T>
void SumParts<T>::add_together(const ConvProblem& problem, const DeviceInfo& device, std::span<const Sweep> sweeps) {
  const auto count = static_cast<std::int64_t>(sweeps.size());
  const std::int64_t rows = std::min<std::int64_t>(window::max_rows, roles_of(problem).position_channels);
  const Room room = room_for(problem, device, rows, count, sizeof(T));
  const Tiling tiling = tiling_of(sweeps[0], room);
  together.push_back({.first = parts.size(), .count = sweeps.size(), .first_task = tasks});
  for (const Sweep& sweep : sweeps) {
    const Tiling same = tiling_of(sweep, room, tiling.rows, tiling.columns);
    add(problem, {.cut = cut(problem, sweep, same, sizeof(T)), .weights = {problem, sweep}});
  }
  most_parts = std::max(most_parts, count);
  tasks += problem.geometry.batch * parts[together.back().first].cut.tiles() * group_blocks;
}

template <class T>
void SumParts<T>::add(const ConvProblem& problem, Part<T> part) {
  const Cut& cut = part.cut;
  part.weights_at = weights;
  weights = whole_lines(weights + part.weights.numbers());
  planes = std::max(planes, whole_lines(plane_count(cut.sweep, cut.tiling)));
  staged = std::max(staged, cut.channel * roles_of(problem).source_channels);
  sum_stride = std::max(sum_stride, whole_lines(cut.tiling.run() + window::slack * lanes<T>()));
  parts.push_back(std::move(part));
}

template <class T>
const Together& SumParts<T>::of_task(std::int64_t task) const {
  const auto after = std::upper_bound(together.begin(), together.end(), task,
                                      [](std::int64_t t, const Together& some) { return t < some.first_task; });
  return *(after - 1);
}

// One row of sums more for each part, where those of all parts are joined.
template <class T>
std::size_t SumParts<T>::scratch_bytes() const {
  const std::int64_t numbers = (staged + sum_stride * (window::max_rows + 1)) * most_parts;
  return planes_bytes() + static_cast<std::size_t>(numbers) * sizeof(T);
}

template <class T>
double SumParts<T>::cycles(const ConvProblem& problem) const {
  const std::int64_t channels = roles_of(problem).source_channels;
  const double rows = static_cast<double>(roles_of(problem).position_channels),
               blocks = std::ceil(rows / window::max_rows);
  const bool plain = problem.epilogue.empty() && !problem.accumulate;
  const bool neighbours = plain && most_parts == 1 && has_neighbours(problem);
  double all = 0;
  for (const Part<T>& part : parts) {
    const auto& [sweep, tiling, channel, offsets, runs] = part.cut;
    const double vectors = std::ceil(static_cast<double>(tiling.run()) / lanes<T>());
    const double stored = static_cast<double>(tiling.rows * tiling.columns) * rows;
    const double group =
        static_cast<double>(offsets.size()) * vectors * blocks * multiplying_cycles(rows / blocks, channels) +
        moving_cycles(static_cast<double>(tiling.channel * channels), tiling.pitch,
                      sweep.axes[2].step * sweep.axes[2].source_stride, lanes<T>()) +
        (neighbours ? moving_neighbours_cycles(stored)
                    : moving_cycles(stored, tiling.columns, sweep.axes[2].position_stride, lanes<T>()));
    all += (group * static_cast<double>(problem.geometry.groups) + tile_cycles * static_cast<double>(group_blocks)) *
           static_cast<double>(part.cut.tiles());
  }
  return all * static_cast<double>(problem.geometry.batch) + static_cast<double>(weights);
}

template struct SumParts<float>;
template struct SumParts<double>;

}  // namespace faltung::cpu_window
