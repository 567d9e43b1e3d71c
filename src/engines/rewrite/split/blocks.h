// A problem cut along its batch and its outermost axis, so that no operand of a block reaches over more elements than a
// limit: most kernels for GPUs count them, or their bytes, in 32 bits. Blocks are views of the whole operands; nothing
// is copied.
#pragma once

#include <optional>
#include <vector>

#include "faltung/problem.h"

namespace faltung::rewrite_split {

inline constexpr std::int64_t most_elements = (std::int64_t{1} << 31) - 1, most_blocks = 4096;

struct Block {
  ConvProblem problem;
  std::int64_t x = 0, y = 0;  // elements from the operands' first ones to the block's
};

// From the first element of an operand to its last, inclusive.
std::int64_t reach_of(const ConvProblem& problem, Role role);

// Images and positions of a block: along the outermost axis of what is written, or of y for a weight gradient.
struct BlockSize {
  std::int64_t images = 1, rows = 1;
};
// The largest whose blocks are within the limit; none if the smallest are not, or would be too many.
std::optional<BlockSize> block_size(const ConvProblem& problem, std::int64_t limit);

// In the order of images and rows. Weight gradients accumulate from the second block on.
std::vector<Block> blocks_of(const ConvProblem& problem, const BlockSize& size);

}  // namespace faltung::rewrite_split
