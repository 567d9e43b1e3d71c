// The matrix product C = A · B of operands that are matrices over tensors. In terms of M × N × K: `rows` are M, `lanes`
// N and `depth` K. TileSize{rows, lanes, depth} are the block sizes MC, NC and KC of BLIS; panels of A have MR rows
// (kernels->rows), panels of B NR lanes (panel_lanes()).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/pack.h"
#include "kernels/gemm/stage.h"
#include "kernels/gemm/unpack.h"

namespace faltung::gemm {

// One operand, as a matrix over a tensor.
struct Side {
  const std::byte* base = nullptr;  // address of offset 0, possibly outside the tensor
  IndexSet across, depth;           // offsets along M or N (rows or lanes), and along K (depth)
  std::size_t element_bytes = 4;
  bool bounded = false;      // the product's bounds apply to this operand
  bool along_depth = false;  // contiguous along the depth, not across
  Pack pack = nullptr;
  Unpack unpack = nullptr;         // null if elements already have the micro-kernel's type
  const void* prepared = nullptr;  // packed as a whole by prepare_side, and `base` is not read; or null
  const Stage* stage = nullptr;    // rows: copied by position, and read where the copy has them; or null
  std::int64_t stage_numbers = 0;  // of the largest copy
};

struct TileSize {
  std::int64_t rows = 0, lanes = 0, depth = 0;  // MC, NC, KC. Results depend on the depth, KC, but not on the others
  std::int64_t group = 1;                       // panels of lanes that are packed together
};

// C[rows, lanes] = Σ_depth A[rows, depth] · B[depth, lanes].
template <class T>
struct Product {
  const MicroKernels<T>* kernels = nullptr;
  Side a, b;
  IndexSet rows, lanes;  // offsets in C
  Bounds bounds;
  int parts = 1;  // 2 if elements are complex
  TileSize tile;  // at most

  int panel_lanes() const { return kernels->lanes() / parts; }  // in elements
  std::int64_t group_lanes() const { return tile.group * panel_lanes(); }
  const Side& side(PanelKind kind) const { return kind == PanelKind::rows ? a : b; }
};

// Rows are cut into panels as equal as they can be: a few rows short in each costs less than one nearly empty panel.
struct RowCut {
  std::int64_t rows, panels;

  RowCut(std::int64_t count, int tallest) : rows(count), panels((count + tallest - 1) / tallest) {}
  std::int64_t begin(std::int64_t panel) const { return rows * panel / panels; }
  int height(std::int64_t panel) const { return static_cast<int>(begin(panel + 1) - begin(panel)); }
};

}  // namespace faltung::gemm
