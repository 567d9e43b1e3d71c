// Depthwise sweeps, and those of small groups, with neighbouring channels on the lanes of a vector: what a row of
// positions reads, and how rows and channels are cut into tasks. Nothing is staged.
#pragma once

#include "base/checked.h"
#include "engines/cpu/window/sweep.h"
#include "faltung/device_info.h"
#include "faltung/plan.h"
#include "kernels/window/channel_kernels.h"

namespace faltung::cpu_window {

// Whether there are kernels for it. T: the type of the sums.
template <class T>
bool has_channel_kernels(const ConvProblem& problem);

template <class T>
window::ChannelKernels<T> channel_kernels_of(const ConvProblem& problem, const Sweep& sweep);

inline constexpr std::int64_t most_channels = 256;  // that a task works on

// Blocks of whole lines of memory.
struct ChannelBlocks {
  std::int64_t channels = 0, count = 1;

  static ChannelBlocks of(std::int64_t channels, std::int64_t width) {
    return {channels, std::max<std::int64_t>(channels / width, 1)};
  }
  std::int64_t begin(std::int64_t block) const {
    return block == count ? channels : channels / line * block / count * line;
  }
  std::int64_t width(std::int64_t block) const { return begin(block + 1) - begin(block); }
  std::int64_t most() const { return (ceil_div(channels / line, count) + 1) * line; }

  static constexpr std::int64_t line = 16;
};

// A row of positions along the innermost axis.
struct ChannelRow {
  std::int64_t image = 0, outer = 0, row = 0;
};

inline std::int64_t rows_of(const Sweep& sweep) { return sweep.axes[0].count * sweep.axes[1].count; }
inline ChannelRow row_at(const Sweep& sweep, std::int64_t index) {
  const std::int64_t row = index % rows_of(sweep), count = sweep.axes[1].count;
  return {index / rows_of(sweep), row / count, row % count};
}

// The channels of all groups, and the weights of a tap.
inline std::int64_t channels_of(const ConvProblem& problem) {
  return problem.geometry.groups * problem.geometry.in_channels;
}
inline std::int64_t tap_weights_of(const ConvProblem& problem) {
  return channels_of(problem) * problem.geometry.in_channels;
}

// The rows of taps that meet the source; returns how many.
std::int64_t find_tap_rows(const Sweep& sweep, const ChannelRow& row, std::int64_t tap_weights, window::TapRow* to);

// Positions from `first` on, as many as a run has; without rows, channels and the source.
window::ChannelRun run_at(const SweepAxis& axis, std::int64_t first);

// Where the numbers of a row's positions are, or what it reads, if nothing were outside.
struct ChannelPlace {
  std::byte* data = nullptr;  // of position 0
  std::int64_t step = 0;      // bytes from a position to the next
  std::byte* at(std::int64_t position) const { return data + position * step; }
};
// At the first tap of the innermost axis and coordinate 0 of the others.
ChannelPlace source_of(const ConvProblem& problem, const Sweep& sweep, const Operands& operands, std::int64_t image,
                       std::int64_t channel);
ChannelPlace positions_of(const ConvProblem& problem, const Sweep& sweep, const Operands& operands,
                          const ChannelRow& row, std::int64_t channel);

// How long all of a problem's sweeps, of which this is the largest, take one thread, whatever comes from memory.
double channel_seconds(const ConvProblem& problem, const Sweep& sweep, const DeviceInfo& device, std::int64_t splits);

}  // namespace faltung::cpu_window
