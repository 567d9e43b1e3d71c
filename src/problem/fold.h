// vmap without a loop: an axis mapped over some operands is folded into the extent that exactly those operands share.
#pragma once

#include <array>

#include "faltung/problem.h"

namespace faltung {

// One row: the extent, and its axis in x, w and y as extents_of() orders them (−1: the operand does not have it).
struct FoldRow {
  std::int64_t Geometry::*extent;
  std::array<int, 3> axes;
};

// The table serves all passes and the transposed form: the written operand is mapped if any that is read is, so there
// are two or three mapped operands, never one.
inline constexpr std::array<FoldRow, 4> fold_table = {{
    {&Geometry::batch, {0, -1, 0}},         // x and y
    {&Geometry::out_channels, {-1, 1, 2}},  // w and y
    {&Geometry::in_channels, {2, 2, -1}},   // x and w
    {&Geometry::groups, {1, 0, 1}},         // all three
}};

constexpr const FoldRow& fold_row(const std::array<bool, 3>& mapped) noexcept {
  return !mapped[1] ? fold_table[0] : !mapped[0] ? fold_table[1] : !mapped[2] ? fold_table[2] : fold_table[3];
}

}  // namespace faltung
