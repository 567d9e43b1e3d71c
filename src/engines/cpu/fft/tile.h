// How a correlation is cut into tiles that are transformed: overlap-save. Along an axis m results of r taps are made
// from m + r − 1 elements of the source, by a transform of at least as many; what wraps around its ends is left.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/checked.h"
#include "compose/correlation.h"

namespace faltung::cpu_fft {

// Elements that lie `step` apart, the first at a coordinate that may be outside of the operand: [begin, end) are
// inside.
struct Window {
  std::int64_t first = 0, step = 1, elements = 1;
  std::int64_t begin = 0, end = 1;
  std::int64_t stride = 0, origin = 0;  // of the operand; where coordinate 0 is

  std::int64_t offset(std::int64_t element) const { return (first + element * step) * stride; }
};

// Whose elements are transformed.
enum class Of : std::uint8_t { source, written, taps };

struct TileAxis {
  CorrelationAxis axis;
  bool flipped = false;      // the taps
  std::int64_t length = 1;   // of the transform; 1: there is one tap and a tile is one position
  std::int64_t phases = 1;   // a dilated axis is as many maps, each not dilated
  std::int64_t tiles = 1;    // of all phases
  std::int64_t results = 1;  // of a tile

  bool transformed() const { return length > 1; }
  std::int64_t elements(Of of) const {
    return of == Of::taps ? axis.taps : of == Of::written ? results : std::min(results + axis.taps - 1, length);
  }
  std::int64_t last_tap() const { return (axis.taps - 1) * axis.tap_stride; }
  Window window(Of of, std::int64_t tile) const;
};

// Cuts an axis; length 1: it has one tap.
TileAxis tile_axis(const CorrelationAxis& axis, bool flipped, std::int64_t length);

// The lengths of the axes' transforms.
using Lengths = std::array<std::int64_t, 3>;

// A tile as a complex matrix: the second half of the outermost transformed axis are the imaginary parts of the first. A
// single transformed axis is cut into rows and columns.
struct Shape {
  std::int64_t folded = 1, middle = 1, columns = 1;  // rows are folded · middle
  bool single = false;                               // rows and columns are of one axis

  std::int64_t rows() const { return folded * middle; }
  std::int64_t numbers() const { return rows() * columns; }
};

// Rows are a multiple of so many.
inline constexpr std::int64_t least_rows = 8;
Shape single_shape(std::int64_t length);

struct Cut {
  std::array<TileAxis, 3> axes;
  std::array<int, 3> order{0, 1, 2};  // the axes that are folded, in the middle, and columns
  std::int64_t images = 1;

  std::int64_t tiles_of_image() const { return axes[0].tiles * axes[1].tiles * axes[2].tiles; }
  std::int64_t tiles() const { return images * tiles_of_image(); }
  const TileAxis& folded() const { return axes[static_cast<std::size_t>(order[0])]; }
  const TileAxis& middle() const { return axes[static_cast<std::size_t>(order[1])]; }
  const TileAxis& columns() const { return axes[static_cast<std::size_t>(order[2])]; }
  Shape shape() const;
};

Cut cut_of(const Correlation& correlation, std::int64_t images, const Lengths& lengths);

// Columns of the matrix that windows of an operand have elements in; others are zeros.
struct ColumnRange {
  std::int64_t first = 0, count = 1;
};
ColumnRange columns_of(const Cut& cut, Of of);

}  // namespace faltung::cpu_fft
