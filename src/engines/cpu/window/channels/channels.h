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

// The channels of all groups.
inline std::int64_t channels_of(const ConvProblem& problem) {
  return problem.geometry.groups * problem.geometry.in_channels;
}

// Blocks of whole lines of memory, which tasks work on: fewer channels where groups are larger, as there are as many
// more weights. Those of a block are neighbours: for each tap and channel of a group's source one for each channel.
struct ChannelBlocks {
  std::int64_t channels = 0, group = 1, count = 1;

  static ChannelBlocks of(const ConvProblem& problem) {
    const std::int64_t channels = channels_of(problem), group = problem.geometry.in_channels;
    return {channels, group, std::max<std::int64_t>(channels / std::max(most_channels / group, fewest_channels), 1)};
  }
  std::int64_t begin(std::int64_t block) const {
    return block == count ? channels : channels / line * block / count * line;
  }
  std::int64_t width(std::int64_t block) const { return begin(block + 1) - begin(block); }
  std::int64_t most() const { return (ceil_div(channels / line, count) + 1) * line; }

  // The weights of a tap, and of so many taps in the blocks before.
  std::int64_t tap_weights(std::int64_t block) const { return width(block) * group; }
  std::int64_t weights_before(std::int64_t block, std::int64_t taps) const { return begin(block) * group * taps; }

  static constexpr std::int64_t line = 16, most_channels = 256, fewest_channels = 64;
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
