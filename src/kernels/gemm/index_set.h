// Indices of a contraction C[m, n] = Σ_k A[m, k] · B[k, n] whose m, n and k are nested loops each: a mixed-radix index
// that maps index values to offsets in one of the tensors, and to the spatial coordinates that they stand for there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/gemm/offset.h"

namespace faltung::gemm {

inline constexpr int max_digits = 5;  // channels in blocks around three filter axes
inline constexpr int max_axes = 3;

using Coordinates = std::array<std::int64_t, max_axes>;

// One of the nested loops: a digit of the mixed-radix index.
struct Digit {
  std::int64_t extent = 1;
  std::int64_t stride = 1;  // offset between consecutive values, in elements
  int axis = -1;            // spatial axis of the coordinate that it moves, or none
  std::int64_t step = 0;    // distance by which it moves the coordinate
};

// The loops, outermost first; at least one.
struct IndexSet {
  int size = 0;
  std::array<Digit, max_digits> digits{};

  void push(const Digit& digit) { digits[static_cast<std::size_t>(size++)] = digit; }
  Digit& inner() { return digits[static_cast<std::size_t>(size - 1)]; }
  const Digit& inner() const { return digits[static_cast<std::size_t>(size - 1)]; }
  std::int64_t count() const;
  // Whether the tensor is contiguous along the index.
  bool contiguous() const { return size == 1 && digits[0].stride == 1; }
  // Removes loops of extent 1 and merges contiguous neighbours; loops that move a spatial coordinate merge only if
  // bounds are not checked.
  void simplify(bool checked);
};

// Consecutive index values that differ only in the innermost loop. Not initialised: tables of them are large.
struct Run {
  std::int64_t begin, count;
  std::int64_t offset;  // of its first element
  Coordinates at;       // of its first element
};

// Calls body(Run) for each run of [begin, begin + count); Run::begin counts from `begin`.
template <class Body>
void for_each_run(const IndexSet& set, std::int64_t begin, std::int64_t count, Body&& body) {
  std::array<std::int64_t, max_digits> value{};
  std::int64_t rest = begin;
  for (int i = set.size - 1; i >= 0; --i) {
    const std::int64_t extent = set.digits[static_cast<std::size_t>(i)].extent;
    value[static_cast<std::size_t>(i)] = rest % extent;
    rest /= extent;
  }
  const auto last = static_cast<std::size_t>(set.size - 1);
  for (std::int64_t done = 0; done < count;) {
    Run run{.begin = done, .count = std::min(count - done, set.digits[last].extent - value[last])};
    for (std::size_t i = 0; i <= last; ++i) {
      const Digit& digit = set.digits[i];
      run.offset = plus(run.offset, times(value[i], digit.stride));
      if (digit.axis >= 0) run.at[static_cast<std::size_t>(digit.axis)] += value[i] * digit.step;
    }
    body(run);
    done += run.count;
    value[last] = 0;
    for (std::size_t i = last; i-- > 0;) {
      if (++value[i] < set.digits[i].extent) break;
      value[i] = 0;
    }
  }
}

// Bounds of the coordinates; elements outside are zero.
struct Bounds {
  bool checked = false;
  int axes = 0;
  Coordinates extent{};
  Coordinates origin{};  // added to the sum of both indices' coordinates
};

}  // namespace faltung::gemm
