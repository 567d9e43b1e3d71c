// Sweeps over planes whose columns are neighbours in memory, without staging: bands of rows and their taps.
#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "engines/cpu/window/sweep.h"
#include "faltung/device_info.h"
#include "kernels/window/plane_kernels.h"

namespace faltung::cpu_window {

// f64 is staged: kernels of its own would be as large again, and few filter planes in it.
template <class T>
inline constexpr bool reads_planes = std::is_same_v<T, float>;

// Whether there are kernels for it. T: the type of the sums.
template <class T>
bool has_plane_kernels(const ConvProblem& problem);

// From a row, a column or a channel to the next.
struct WeightStrides {
  std::int64_t row = 0, column = 0, channel = 0;
};
struct SourceStrides {
  std::int64_t row = 0, channel = 0;
};

// All taps of a sweep in so many channels of the source, with at most so many neighbouring columns in a block.
std::vector<window::TapBlock> tap_blocks_of(const Sweep& sweep, std::int64_t channels, std::int64_t longest_run,
                                            const WeightStrides& weights, const SourceStrides& source);

// What all bands of a sweep have in common.
window::Band band_of(const Sweep& sweep, std::span<const window::TapBlock> blocks, const WeightStrides& weights,
                     const SourceStrides& source);

// The band that begins a run of so many rows: an index into band_heights.
std::size_t band_for(std::int64_t rows);

// How long one thread takes for a run of all of a problem's sweeps, with vectors of so many lanes.
double plane_seconds(const ConvProblem& problem, std::span<const Sweep> sweeps, int lanes, const DeviceInfo& device);

}  // namespace faltung::cpu_window
