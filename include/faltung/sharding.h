// How a tensor is divided among the ranks of a group: a grid of blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "faltung/dims.h"
#include "faltung/problem.h"

#pragma GCC visibility push(default)
namespace faltung {

// One dimension of the grid. Axes are PyTorch's: 0 the batch, 1 the channels over all groups, from 2 on space; of
// weights (O, C/groups, k…). Block i is [offsets[i], offsets[i + 1]): blocks may differ, and may be empty.
struct Cut {
  static constexpr int copies = -1;  // no axis is cut: the ranks along this dimension hold the same
  int axis = copies;
  std::vector<std::int64_t> offsets;
  bool operator==(const Cut&) const = default;

  int blocks() const noexcept { return static_cast<int>(offsets.size()) - 1; }
};

// Blocks that differ by one element at most.
Cut even_cut(int axis, std::int64_t extent, int blocks);
// The same for every one of `count` ranks.
Cut copied(int count);

// The ranks are numbered along the last cut first. No cut: every rank holds the whole tensor.
struct Sharding {
  std::vector<Cut> cuts;
  bool operator==(const Sharding&) const = default;
};

// A part of a tensor: its first element and its extents.
struct Box {
  Dims start, extents;
  auto operator<=>(const Box&) const = default;
};

// What a rank holds of a tensor with these extents. InvalidArgument if the sharding does not fit: a grid of another
// number of ranks, offsets that descend or do not cover the axis, an axis that is cut twice.
Box block_of(const Sharding& sharding, const Dims& extents, int rank, int ranks);

struct OperandShardings {
  Sharding x, w, y;
  bool operator==(const OperandShardings&) const = default;

  const Sharding& of(Role role) const noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
};

// Extents of an operand in PyTorch's order: x (N, G·C, in…), w (G·K, C, filter…), y (N, G·K, out…).
Dims joined_extents(const Geometry& geometry, Role role);

// A sharding of y like that of x, or of x like that of y: the same grid, offsets in proportion. Where channels are cut
// between groups, so are the result's, else evenly.
Sharding following(const Sharding& sharding, const Geometry& geometry, Role of);

}  // namespace faltung
#pragma GCC visibility pop
