// Cycles of one thread, measured on a Zen 5 with AVX-512: what is not contiguous moves a number at a time.
#pragma once

#include "engines/cpu/window/tiling.h"

namespace faltung::cpu_window {

// Of copying numbers between an operand and scratch, whose elements are so far apart.
inline double moving_cycles(double numbers, std::int64_t stride, int lanes) {
  return stride == 1 ? 0.5 * numbers / lanes : 2 * numbers;
}

// Of multiplying a vector of the source by `rows` numbers: a load, mostly unaligned and of many channels from the
// second cache, and the multiply-adds.
inline double multiplying_cycles(double rows, std::int64_t channels) {
  return 0.5 * rows + (channels > few_channels ? 1.5 : 0.7);
}

constexpr double tile_cycles = 200;  // of finding out what lies inside

}  // namespace faltung::cpu_window
