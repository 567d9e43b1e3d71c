// Stores a row of sums: epilogue, accumulation, one rounding.
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/problem.h"

namespace faltung::cpu_window {

// Where a row goes, and what is added on the way; elements `step` apart.
struct RowTarget {
  std::byte* to = nullptr;
  const std::byte *z = nullptr, *bias = nullptr;  // null: none; bias_step apart
  std::int64_t step = 1, bias_step = 0;
  double alpha = 1;
};

template <class T>
using RowStore = void (*)(const ConvProblem& problem, const T* sums, std::int64_t count, const RowTarget& target);

// T: float or double.
template <class T>
RowStore<T> row_store_for(DType written);

}  // namespace faltung::cpu_window
