// A block of tiles, as it lies in memory between the steps. Numbers are counted, not bytes.
//
//     V[product][tap][channel block][tile][channel]   the source, transformed
//     U[panel][product][tap][channel][lane]           the weights of a group, transformed
//     M[product][tile][lane]                          their products, for one panel of written channels
#pragma once

#include "engines/cpu/winograd/layout.h"

namespace faltung::cpu_winograd {

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
