// How a contraction is cut into tiles, one task each.
#pragma once

#include <cstdint>

#include "kernels/gemm/product.h"

namespace faltung::cpu_gemm {

// The core that tiles are made for.
struct Core {
  std::int64_t l1_bytes = 32 << 10, l2_bytes = 512 << 10;
  double multiply_adds = 2;  // of vectors, a cycle
};

// The product that is cut: extents of the largest one, and what its kernels and its operands' memory are like.
struct Work {
  std::int64_t rows = 0, lanes = 0, depth = 0;
  std::int64_t products = 1;  // groups and phases
  int threads = 1;
  int panel_rows = 6, panel_lanes = 16, vector_lanes = 8;
  std::int64_t number_bytes = 4;
  std::int64_t panel_bytes = 64;                 // of one index of depth, of a panel of lanes
  double row_packing = 0.3, lane_packing = 0.3;  // cycles an element
  std::int64_t block_depth = 0;                  // 0: as deep as caches allow
  std::int64_t most_rows = 0;                    // of a tile; 0: what can be packed
  Core core;
};

struct Blocking {
  gemm::TileSize tile;
  std::int64_t splits = 1;  // stretches of the depth that are summed apart and added in order
  std::int64_t split_depth = 0;
  bool splits_in_turn = false;  // a task does all of a tile's, one after the other
  double cycles = 0;            // of the thread that has most to do, about
};

// Indices of depth that a panel of lanes may have, so that it stays in the first-level cache while the rows go by.
std::int64_t deepest_block(const Core& core, std::int64_t panel_bytes);
// What a tile may have of the second-level cache for its rows, packed or copied.
std::int64_t rows_bytes(const Core& core, int shrink);

// Of a block of the depth, the same for all tiles.
std::int64_t block_depth(const Work& work);

// The depth of a block, and the splits, decide the order in which terms are added. They come from the shape of the
// problem and from the first-level cache, without splits from the depth and that cache alone: threads, memory limits
// and the batch do not change a result. The rest only decides who does what.
//
// `shrink`: tiles have as many times less of the second-level cache, for want of memory; splits are then done in turn.
Blocking blocking_of(const Work& work, bool may_split, int shrink = 1);

}  // namespace faltung::cpu_gemm
