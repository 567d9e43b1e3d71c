// How a weight gradient is cut: F(3, m) along the axes that are transformed, from tiles of x and of y. A task makes the
// taps of some channels of x and some of y, from a stretch of the tiles, a block after the other.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "engines/cpu/winograd/layout.h"

namespace faltung::cpu_winograd {

struct GradientBlock {
  Layout x, y;                                  // V of each, for a task's channels
  std::int64_t x_channels = 1, y_channels = 1;  // of a group
  std::int64_t lanes = 1;
  std::int64_t taps = 1, direct_taps = 1;  // of a task; tasks for the same channels
  std::int64_t tiles = 1, splits = 1;      // all tiles; stretches of them, from the shape alone: bits depend on it

  std::int64_t x_parts() const { return ceil_div(x_channels, x.channels); }
  std::int64_t y_parts() const { return ceil_div(y_channels, y.channels); }
  std::int64_t blocks() const { return ceil_div(tiles, x.tiles); }
  // Of M, [product][channel of x][channel of y].
  std::int64_t sum_stride() const { return Layout::odd_lines(x.channels * y.channels); }
  // Of the taps, [vector of y's channels][channel of x][tap][lane].
  std::int64_t vector_numbers() const { return x.channels * taps * lanes; }
  std::int64_t tap_numbers() const { return y.channels / lanes * vector_numbers(); }
};

// M, added to or not, from the tiles of a block. As many channels of x and y as there are.
template <class T>
void multiply(const GradientBlock& block, std::int64_t tiles, std::int64_t x_channels, std::int64_t y_channels,
              const T* x, const T* y, T* m, bool add);

// One vector of y's channels. scratch: of the same size as the taps, times products / outputs.
template <class T>
void transform_to_taps(const GradientBlock& block, const Cut& cut, std::int64_t x_channels, const T* m, T* taps,
                       T* scratch);

}  // namespace faltung::cpu_winograd
