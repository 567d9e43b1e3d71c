// Loops over the same elements of several strided tensors.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <tuple>

#include "base/parallel_for.h"
#include "faltung/dims.h"

namespace faltung {

// A pointer and strides in elements; the extents come from the loop. Stride 0 repeats an element.
template <class T>
struct Strided {
  T* data = nullptr;
  Dims strides;
};

namespace detail {

// The axis along which the elements of the first (written) operand are closest.
inline int row_axis(const Dims& sizes, const Dims& strides) {
  int best = sizes.size() - 1;
  for (int axis = best - 1; axis >= 0; --axis)
    if (sizes[axis] > 1 && (sizes[best] == 1 || std::abs(strides[axis]) < std::abs(strides[best]))) best = axis;
  return best;
}

template <class T>
T* row_start(const Strided<T>& operand, const Dims& index) {
  std::int64_t offset = 0;
  for (int axis = 0; axis < index.size(); ++axis) offset += index[axis] * operand.strides[axis];
  return operand.data + offset;
}

}  // namespace detail

// Calls body(length, steps, a, b, …) for rows that together have every index below `sizes` (rank 1 or more): pointers
// to the row's first element of each operand, which has `length` of them, steps[operand] apart. The body may write only
// elements of the row.
template <class Body, class First, class... Rest>
void zip_rows(const Execution& execution, const Dims& sizes, Body body, const Strided<First>& first,
              const Strided<Rest>&... rest) {
  const int axis = detail::row_axis(sizes, first.strides);
  const std::int64_t length = sizes[axis];
  std::int64_t rows = 1;
  for (int i = 0; i < sizes.size(); ++i)
    if (i != axis) rows *= sizes[i];
  if (rows == 0 || length == 0) return;

  const std::array steps{first.strides[axis], rest.strides[axis]...};
  const auto run_row = [&](std::int64_t row) {
    Dims index = Dims::filled(sizes.size(), 0);
    for (int i = sizes.size() - 1; i >= 0; --i) {
      if (i == axis) continue;
      index[i] = row % sizes[i];
      row /= sizes[i];
    }
    body(length, steps, detail::row_start(first, index), detail::row_start(rest, index)...);
  };
  constexpr std::int64_t grain = 16384;  // least elements per thread
  const std::int64_t chunk = std::max<std::int64_t>(grain / length, 1);
  parallel_for(execution, (rows + chunk - 1) / chunk, [&](std::int64_t i) {
    for (std::int64_t row = i * chunk, end = std::min(rows, row + chunk); row < end; ++row) run_row(row);
  });
}

// Calls body(a, b, …) with a reference into each operand for every index below `sizes` (rank 1 or more). The body
// may write only elements of the current index.
template <class Body, class First, class... Rest>
void zip(const Execution& execution, const Dims& sizes, Body body, const Strided<First>& first,
         const Strided<Rest>&... rest) {
  zip_rows(
      execution, sizes,
      [&](std::int64_t length, const auto& steps, auto*... starts) {
        const std::tuple pointers(starts...);
        for (std::int64_t i = 0; i < length; ++i) {
          [&]<std::size_t... k>(std::index_sequence<k...>) { body(std::get<k>(pointers)[i * steps[k]]...); }
          (std::make_index_sequence<1 + sizeof...(Rest)>());
        }
      },
      first, rest...);
}

}  // namespace faltung
