// Convolution of planes whose columns are neighbours in memory: columns are on the lanes and both operands are read
// where they lie. A kernel works on a band of a few rows of positions with all their sums in registers, so that it
// loads a row of the source once for all rows of the band that meet it. What lies outside is left out or masked, so
// nothing is padded.
#pragma once

#include <array>
#include <cstdint>

namespace faltung::window {

// Neighbouring taps that a row of the source is loaded for together: so many rows and columns. Offsets are in numbers.
struct TapBlock {
  std::int64_t row = 0;      // of the source: what the first position and the first tap meet
  std::int64_t column = 0;   // the same, from what the first position and the first tap of all meet
  std::int64_t source = 0;   // where that row begins
  std::int64_t weights = 0;  // the first tap
  std::int64_t rows = 1, columns = 1;
};

// The blocks that there are kernels for; of one column there are all.
inline constexpr std::int64_t most_tap_rows = 4, longest_tap_run = 4;
constexpr bool has_tap_block(std::int64_t rows, std::int64_t columns) {
  return columns == 1 || columns == 3 || columns == (rows > 2 ? 4 : 2);
}

// The rows of positions that a band has; a kernel for each.
inline constexpr std::array<std::int64_t, 3> band_heights{7, 4, 1};

// Position q and column of taps at s meet at source column left + q · step + s. Rows of positions are `step` rows of
// the source apart, too.
struct Band {
  const TapBlock* blocks = nullptr;
  std::int64_t block_count = 0;
  std::int64_t top = 0;                // of what the band's first row meets, below the first of all
  std::int64_t rows = 0, width = 0;    // of the source
  std::int64_t columns = 0, left = 0;  // of positions; what the first one and the first tap meet
  std::int64_t reach = 0;              // from the first column of taps to the last
  // Numbers from a row to the next, and from a tap to the next.
  std::int64_t source_stride = 0, position_stride = 0, weight_row = 0, weight_column = 0;
};

// positions[o][q] = Σ over taps of weights · source, for the rows of a band. `source`: column 0 of the plane.
template <class T>
using BandSums = void (*)(const Band& band, const T* source, const T* weights, T* positions);

// sums[t][r] += Σ over a band's positions · source, for the columns t and rows r of each block of taps, in as many
// numbers as a vector has: they are to be added up.
template <class T>
using BandTaps = void (*)(const Band& band, const T* source, const T* positions, T* sums);

// Rows of `count` numbers: to[2 i] = even[i], to[2 i + 1] = odd[i]. Whole vectors of both are read.
template <class T>
struct Interleaved {
  const T *even = nullptr, *odd = nullptr;
  T* to = nullptr;
  std::int64_t rows = 0, count = 0, stride = 0, to_stride = 0;
};

template <class T>
struct PlaneSums {
  int lanes = 0;
  std::int64_t longest_run = 1;  // of neighbouring taps in a block
  std::array<BandSums<T>, band_heights.size()> bands{};
  void (*interleave)(const Interleaved<T>& rows) = nullptr;
};

template <class T>
struct PlaneTaps {
  int lanes = 0;
  std::int64_t longest_run = 1;
  std::array<BandTaps<T>, band_heights.size()> bands{};
  T (*add_lanes)(const T* vector) = nullptr;
};

// The kernels for this CPU for positions `step` columns apart, 1 or 2, and rows of so many; T is float. No
// lanes: there are none.
template <class T>
PlaneSums<T> plane_sums(std::int64_t step, std::int64_t columns);
template <class T>
PlaneTaps<T> plane_taps(std::int64_t step, std::int64_t columns);

}  // namespace faltung::window
