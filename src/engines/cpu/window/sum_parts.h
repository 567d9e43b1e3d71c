// The sweeps of a sum plan, cut into tasks, and the memory that they need.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "engines/cpu/window/stage.h"
#include "engines/cpu/window/weights.h"

namespace faltung::cpu_window {

template <class T>
struct Part {
  Cut cut;
  Weights<T> weights;
  std::int64_t weights_at = 0;  // numbers before its own
};

// Parts whose positions alternate along the innermost axis: they are computed together and stored as one row.
struct Together {
  std::size_t first = 0, count = 1;
  std::int64_t first_task = 0;
};
inline constexpr std::size_t most_together = 4;

template <class T>
struct SumParts {
  SumParts(const ConvProblem& problem, const DeviceInfo& device);

  std::vector<Part<T>> parts;
  std::vector<Together> together;
  // A task is a tile of an image in these parts, for a block of the problem's groups.
  std::int64_t groups_per_task = 1, group_blocks = 1, tasks = 0;
  std::int64_t weights = 0;  // numbers of all parts
  // Scratch has room for so many parts at once; for each of them so many planes, numbers of the source, and rows of
  // sums.
  std::int64_t most_parts = 1, planes = 0, staged = 0, sum_stride = 0;

  const Together& of_task(std::int64_t task) const;
  std::span<const Part<T>> parts_of(const Together& some) const {
    return std::span(parts).subspan(some.first, some.count);
  }
  std::size_t planes_bytes() const { return static_cast<std::size_t>(planes * most_parts) * sizeof(Inside); }
  std::size_t weight_bytes() const { return static_cast<std::size_t>(weights) * sizeof(T); }
  std::size_t scratch_bytes() const;
  // Of one thread, for a run.
  double cycles(const ConvProblem& problem) const;

 private:
  void add_together(const ConvProblem& problem, const DeviceInfo& device, std::span<const Sweep> sweeps);
  void add(const ConvProblem& problem, Part<T> part);
};

// A tile of an image, in each of the parts that are computed together, and its scratch.
template <class T>
struct Place {
  std::span<const Part<T>> parts;
  std::array<Tile, most_together> tiles{};
  std::int64_t image = 0;
  // Of the first part; the others' follow.
  Inside* planes = nullptr;
  T *staged = nullptr, *sums = nullptr;
  std::int64_t planes_step = 0, staged_step = 0, sum_stride = 0;
  T* lines = nullptr;  // for those of all parts, joined

  const Inside* planes_of(std::size_t p) const { return planes + static_cast<std::int64_t>(p) * planes_step; }
  T* staged_of(std::size_t p) const { return staged + static_cast<std::int64_t>(p) * staged_step; }
  T* sums_of(std::size_t p, std::int64_t row) const {
    return sums + (static_cast<std::int64_t>(p) * window::max_rows + row) * sum_stride;
  }
  std::int64_t pitch(std::size_t p) const { return parts[p].cut.tiling.pitch; }
};

}  // namespace faltung::cpu_window
