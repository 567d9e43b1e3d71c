// One side of a product packed once and for all, just as run_tile would pack it a tile and a block at a time.
#pragma once

#include "base/checked.h"
#include "kernels/gemm/product.h"

namespace faltung::gemm {

// Numbers beside each other at one depth, of so many rows or lanes; panels of lanes are filled up.
template <class T>
Checked checked_packed_width(const Product<T>& product, PanelKind kind, std::int64_t count) {
  if (kind == PanelKind::rows) return count;
  return Checked(ceil_div(count, product.panel_lanes())) * product.kernels->lanes();
}
template <class T>
std::int64_t packed_width(const Product<T>& product, PanelKind kind, std::int64_t count) {
  return checked_packed_width(product, kind, count).value();
}

// Numbers in all of it: of few lanes and a huge depth, many more than the side has elements.
template <class T>
Checked prepared_count(const Product<T>& product, PanelKind kind) {
  const Side& side = product.side(kind);
  return checked_packed_width(product, kind, side.across.count()) * side.depth.count() * product.parts;
}

// Where the block of the depth from `begin` on starts, for the rows or lanes [first, first + count) of a tile.
template <class T>
std::int64_t prepared_offset(const Product<T>& product, PanelKind kind, std::int64_t first, std::int64_t count,
                             std::int64_t begin) {
  const std::int64_t depth = product.side(kind).depth.count();
  return (packed_width(product, kind, first) * depth + packed_width(product, kind, count) * begin) * product.parts;
}

template <class T>
std::size_t prepare_scratch_bytes(const Product<T>& product, PanelKind kind);

// The part of one tile, its rows or lanes [first, first + count) in all of the depth, into its place in `prepared`,
// where all of the side begins. Tiles may be prepared at the same time. `scratch` is aligned to 64 bytes.
template <class T>
void prepare_side(const Product<T>& product, PanelKind kind, std::int64_t first, std::int64_t count, T* prepared,
                  std::byte* scratch);

}  // namespace faltung::gemm
