// How a contraction is cut into tiles, one task each.
#pragma once

#include <cstdint>

#include "kernels/gemm/product.h"

namespace faltung::cpu_gemm {

// What the choice depends on.
struct Work {
  std::int64_t rows = 0, lanes = 0, depth = 0;  // of the largest product
  std::int64_t products = 1;                    // groups and phases
  int threads = 1;
  int panel_rows = 6, panel_lanes = 16, vector_lanes = 8;
  double row_packing = 0.3, lane_packing = 0.3;  // cycles an element
};

struct Blocking {
  gemm::TileSize tile;
  std::int64_t splits = 1;  // stretches of the depth that are summed apart and added in order
  std::int64_t split_depth = 0;
};

// The depth of a block, and the splits, decide the order in which terms are added: they come from the shape of the
// problem alone, and without splits from the depth alone. The rest only decides who does what.
Blocking blocking_of(const Work& work, bool may_split);

}  // namespace faltung::cpu_gemm
