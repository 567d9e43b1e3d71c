// A block of tiles, as it lies in memory between the steps. Numbers are counted, not bytes.
//
//     V[product][tap][channel block][tile][channel]   the source, transformed
//     U[panel][product][tap][channel][lane]           the weights of a group, transformed
//     M[product][tile][lane]                          their products, for one panel of written channels
#pragma once

#include <cstdint>

#include "base/checked.h"
#include "engines/cpu/winograd/cut.h"
#include "kernels/gemm/micro_kernel.h"

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

struct Block {
  Layout v;
  std::int64_t written_channels = 1;
  std::int64_t lanes = 1, panel = 1;  // of a vector, of a panel of the micro-kernel

  std::int64_t panels() const { return ceil_div(written_channels, panel); }
  std::int64_t sum_stride() const { return Layout::odd_lines(v.tiles * panel); }
  std::int64_t sum_numbers() const { return v.products * sum_stride(); }
  std::int64_t panel_numbers() const { return v.products * v.taps * v.channels * panel; }
  std::int64_t weight_numbers() const { return panels() * panel_numbers(); }
};

// In what order the steps are taken.
struct Schedule {
  bool by_panel = false;      // V of all blocks first, then panel by panel; else block by block
  bool weights_ahead = true;  // all weights are transformed first, else each panel's when it is needed
};

}  // namespace faltung::cpu_winograd
