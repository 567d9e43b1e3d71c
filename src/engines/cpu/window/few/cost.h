// Cycles of one thread for all positions, measured on a Zen 5 with AVX-512.
#pragma once

#include <cmath>

#include "engines/cpu/window/few/few.h"
#include "engines/cpu/window/few/lanes.h"

namespace faltung::cpu_window {

// Of a kernel's rows, summed over so many terms: two multiply-adds a cycle, two loads, and what surrounds them.
inline double broadcast_cycles(const LaneBlocks& lanes, double rows, double terms) {
  double cycles = 0;
  for (std::int64_t block = 0; block < lanes.blocks; ++block) {
    const double vectors = static_cast<double>(lanes.width(block) / lanes.lanes), most = lanes.kernel(block).rows;
    const double loads = (vectors + most) / 2, products = vectors * most / 2;
    cycles += std::ceil(rows / most) * (terms * std::max(loads, products) * 1.05 + 15 + vectors * most);
  }
  return cycles;
}

constexpr double few_staged_cycles = 0.5, few_stored_cycles = 0.15, few_added_cycles = 1;  // of a number
constexpr double few_positions_at_once = 64;                                               // of a weight gradient

inline double few_gather_cycles(const Few& few, const LaneBlocks& lanes, std::int64_t batch, bool in_place) {
  const auto positions = static_cast<double>(batch * few.positions());
  const double staged = positions * static_cast<double>(few.few_channels * few.axes[0].taps);
  return broadcast_cycles(lanes, positions, static_cast<double>(few.taps() * few.few_channels)) +
         few_staged_cycles * staged +
         (in_place ? 0 : few_stored_cycles * positions * static_cast<double>(few.many_channels));
}

inline double few_weight_cycles(const Few& few, const LaneBlocks& lanes, std::int64_t batch, bool in_place) {
  const auto positions = static_cast<double>(batch * few.positions());
  const double rows = static_cast<double>(few.taps() * few.few_channels), calls = positions / few_positions_at_once;
  return calls * broadcast_cycles(lanes, rows, few_positions_at_once) +
         few_staged_cycles * positions * static_cast<double>(few.few_channels * few.axes[0].taps) +
         (in_place ? 0 : few_stored_cycles * positions * static_cast<double>(few.many_channels));
}

inline double few_scatter_cycles(const Few& few, const LaneBlocks& lanes, std::int64_t batch, bool in_place) {
  const auto positions = static_cast<double>(batch * few.positions() * few.axes[0].taps);
  const auto products = static_cast<double>(few.inner_taps() * few.few_channels);
  return broadcast_cycles(lanes, positions, static_cast<double>(few.many_channels)) +
         few_added_cycles * positions * products +
         (in_place ? 0 : few_stored_cycles * positions * static_cast<double>(few.many_channels));
}

}  // namespace faltung::cpu_window
