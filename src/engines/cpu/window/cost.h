// Cycles of one thread, measured on a Zen 5 with AVX-512: what is not contiguous moves a number at a time.
#pragma once

#include "engines/cpu/window/tiling.h"
#include "faltung/device_info.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {

// Of copying rows of numbers between an operand and scratch, whose elements are so far apart.
inline double moving_cycles(double numbers, std::int64_t row, std::int64_t stride, int lanes) {
  if (stride > 2) return 2 * numbers;
  return numbers * ((stride == 1 ? 1.0 / lanes : 0.9) + 12.0 / static_cast<double>(row));
}

// Of copying numbers of channels that are neighbours, four at a time.
inline double moving_neighbours_cycles(double numbers) { return 0.8 * numbers; }

// Of multiplying a vector of the source by `rows` numbers: a load, mostly unaligned and of many channels from the
// second cache, and the multiply-adds. Four rows hide it.
inline double multiplying_cycles(double rows, std::int64_t channels) {
  return 0.5 * rows + (channels > 8 ? 1.5 : rows < window::max_rows ? 0.7 : 0.2);
}

constexpr double tile_cycles = 200;  // of finding out what lies inside

constexpr double call_seconds = 1e-6;

// Of reading and writing the operands once, by so many threads: from the third cache, if half of it holds them.
inline double operand_seconds(const ConvProblem& problem, const DeviceInfo& device, double threads) {
  constexpr double bytes_per_cycle = 18;  // of a thread
  const double bytes = bytes_of(problem);
  if (bytes < static_cast<double>(device.l3_bytes) / 2) return bytes / (bytes_per_cycle * device.hertz * threads);
  return bytes / device.bytes_per_second;
}

}  // namespace faltung::cpu_window
