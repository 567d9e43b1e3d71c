// A sweep, how it is cut, and the taps of its tiles.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/cpu/window/layout.h"
#include "engines/cpu/window/tiling.h"
#include "kernels/window/window_kernels.h"
#include "plan/device_info.h"

namespace faltung::cpu_window {

// So few channels are staged that they stay in the first cache.
inline constexpr std::int64_t few_channels = 4;

struct Cut {
  Sweep sweep;
  Tiling tiling;
  std::int64_t channel = 0;           // numbers from one staged channel to the next
  std::vector<std::int64_t> offsets;  // of the taps of all channels that are staged together, in numbers

  std::int64_t tiles() const { return tiles_of(sweep, tiling).all(); }
};

// For `parts` sweeps that are in scratch together, each with `sums` rows of sums beside its staged channels.
Room room_for(const ConvProblem& problem, const Layout& layout, const DeviceInfo& device, std::int64_t sums,
              std::int64_t parts, std::int64_t number_bytes);

Cut cut(const ConvProblem& problem, const Layout& layout, const Sweep& sweep, const Tiling& tiling,
        std::int64_t number_bytes);

// Numbers behind those of a staged channel or a row of sums: kernels work on whole groups of vectors.
constexpr std::int64_t slack_numbers(const Layout& layout, std::int64_t lanes) {
  return window::slack * std::max(layout.room, lanes);
}

// Whole lines of memory.
constexpr std::int64_t whole_lines(std::int64_t numbers) { return ceil_div(numbers, 16) * 16; }

}  // namespace faltung::cpu_window
