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

struct Block {
  std::int64_t tiles = 1;               // at most
  std::int64_t products = 1, taps = 1;  // of a tile; those that are not transformed
  std::int64_t source_channels = 1, written_channels = 1;
  std::int64_t lanes = 1, panel = 1;  // of a vector, of a panel of the micro-kernel

  std::int64_t channel_blocks() const { return ceil_div(source_channels, channel_block); }
  std::int64_t panels() const { return ceil_div(written_channels, panel); }

  // From product to product: odd in lines of memory, since a power of two has them all in one set of a cache.
  std::int64_t source_stride() const { return odd_lines(taps * channel_blocks() * tiles * channel_block); }
  std::int64_t sum_stride() const { return odd_lines(tiles * panel); }
  std::int64_t source_numbers() const { return products * source_stride(); }
  std::int64_t sum_numbers() const { return products * sum_stride(); }
  std::int64_t panel_numbers() const { return products * taps * source_channels * panel; }
  std::int64_t weight_numbers() const { return panels() * panel_numbers(); }

  std::int64_t source_at(std::int64_t tap, std::int64_t channel, std::int64_t tile) const {
    return ((tap * channel_blocks() + channel / channel_block) * tiles + tile) * channel_block +
           channel % channel_block;
  }

 private:
  static std::int64_t odd_lines(std::int64_t numbers) {
    constexpr std::int64_t line = 16;
    return (ceil_div(numbers, line) | 1) * line;
  }
};

// In what order the steps are taken.
struct Schedule {
  bool by_panel = false;      // V of all blocks first, then panel by panel; else block by block
  bool weights_ahead = true;  // all weights are transformed first, else each panel's when it is needed
};

}  // namespace faltung::cpu_winograd
