// Weights in the order in which the kernels read them, widened: for each group and block of rows, tap by tap.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/cpu/window/sweep.h"
#include "kernels/window/window_kernels.h"

namespace faltung::cpu_window {

// The numbers of all groups of a sweep lie together, group after group.
template <class T>
class Weights {
 public:
  Weights() = default;
  Weights(const ConvProblem& problem, const Sweep& sweep);

  std::int64_t numbers() const { return groups_ * group_numbers_; }
  // The rows of the block that begins with that row: they lie side by side for each tap.
  std::int64_t width(std::int64_t first_row) const;
  // Of a group, for the block that begins with that row.
  const T* at(const T* packed, std::int64_t group, std::int64_t first_row) const {
    return packed + group * group_numbers_ + first_row * depth_;
  }
  void pack(const ConvProblem& problem, const Sweep& sweep, const void* w, std::int64_t group, T* packed) const;

 private:
  std::int64_t groups_ = 1, rows_ = 1, depth_ = 0, group_numbers_ = 0;
};

}  // namespace faltung::cpu_window
