// How transformed elements of a block of tiles lie in memory.
#pragma once

#include <cstdint>

#include "base/checked.h"

namespace faltung::cpu_winograd {

// So many channels are summed at a time: the error of F(4, 3) then does not grow with them (docs/numerics.md).
inline constexpr std::int64_t channel_block = 64;
// Tiles side by side that are transformed together: their elements stay in the first-level cache.
inline constexpr std::int64_t longest_strip = 14;

// Of V, [product][tap][channel block][tile][channel], and of what is like it.
struct Layout {
  std::int64_t products = 1, taps = 1, channels = 1;
  std::int64_t tiles = 1;              // at most
  std::int64_t width = channel_block;  // channels of a block

  std::int64_t channel_blocks() const { return ceil_div(channels, width); }
  // From product to product: odd in lines of memory, since a power of two has them all in one set of a cache.
  std::int64_t stride() const { return odd_lines(taps * channel_blocks() * tiles * width); }
  std::int64_t numbers() const { return products * stride(); }
  std::int64_t at(std::int64_t tap, std::int64_t channel, std::int64_t tile) const {
    return ((tap * channel_blocks() + channel / width) * tiles + tile) * width + channel % width;
  }

  static std::int64_t odd_lines(std::int64_t numbers) {
    constexpr std::int64_t line = 16;
    return (ceil_div(numbers, line) | 1) * line;
  }
};

}  // namespace faltung::cpu_winograd
