// Weights in the order in which the kernels read them, widened: for each unit and block of rows, tap by tap.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/cpu/window/layout.h"
#include "engines/cpu/window/sweep.h"
#include "kernels/window/window_kernels.h"

namespace faltung::cpu_window {

// The numbers of all units of a sweep lie together, unit after unit.
template <class T>
class Weights {
 public:
  Weights() = default;
  Weights(const ConvProblem& problem, const Layout& layout, const Sweep& sweep);

  std::int64_t numbers() const { return layout_.units * unit_numbers_; }
  // What lies side by side for one tap: the rows of a block, or the channels of a unit.
  std::int64_t width(std::int64_t first_row) const;
  // Of a unit, for the block that begins with that row.
  const T* at(const T* packed, std::int64_t unit, std::int64_t first_row) const {
    return packed + unit * unit_numbers_ + first_row * depth_;
  }
  void pack(const ConvProblem& problem, const Sweep& sweep, const void* w, std::int64_t unit, T* packed) const;

 private:
  Layout layout_;
  std::int64_t rows_ = 1, depth_ = 0, unit_numbers_ = 0;
};

}  // namespace faltung::cpu_window
