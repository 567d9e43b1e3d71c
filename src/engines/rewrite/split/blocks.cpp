#include "engines/rewrite/split/blocks.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/checked.h"
#include "compose/composite_plan.h"

namespace faltung::rewrite_split {
namespace {

constexpr int outermost = 3;  // among an operand's extents

// Part of an axis, and where its elements of x and y begin.
struct Part {
  Axis axis;
  std::int64_t x = 0, y = 0;
};

// At least one element, as close as can be: where nothing is met, all that is met are zeros.
std::pair<std::int64_t, std::int64_t> within(std::int64_t begin, std::int64_t end, std::int64_t extent) {
  begin = std::clamp<std::int64_t>(begin, 0, extent - 1);
  return {begin, std::clamp<std::int64_t>(end, begin + 1, extent)};
}

// Positions [first, end) of y, and the elements of x that they meet.
Part part_of_y(const Axis& axis, std::int64_t first, std::int64_t end) {
  const std::int64_t reach = (axis.filter - 1) * axis.dilation, from = first * axis.stride - axis.pad;
  const auto [x, x_end] = within(from, (end - 1) * axis.stride - axis.pad + reach + 1, axis.in);
  Part part{.axis = axis, .x = x, .y = first};
  part.axis.in = x_end - x, part.axis.out = end - first, part.axis.pad = x - from;
  return part;
}

// Elements [first, end) of x, and the positions of y that meet them.
Part part_of_x(const Axis& axis, std::int64_t first, std::int64_t end) {
  const std::int64_t reach = (axis.filter - 1) * axis.dilation;
  const auto [y, y_end] =
      within(ceil_div(first - reach + axis.pad, axis.stride), floor_div(end - 1 + axis.pad, axis.stride) + 1, axis.out);
  Part part{.axis = axis, .x = first, .y = y};
  part.axis.in = end - first, part.axis.out = y_end - y, part.axis.pad = axis.pad + first - y * axis.stride;
  return part;
}

std::int64_t rows_of(const ConvProblem& problem) {
  const Axis& axis = problem.geometry.axes[0];
  return problem.pass == Pass::DataGrad ? axis.in : axis.out;
}

Block block_at(const ConvProblem& problem, const BlockSize& size, std::int64_t image, std::int64_t row) {
  const std::int64_t end = std::min(row + size.rows, rows_of(problem));
  const Axis& axis = problem.geometry.axes[0];
  const Part part = problem.pass == Pass::DataGrad ? part_of_x(axis, row, end) : part_of_y(axis, row, end);
  Block block{.problem = problem};
  block.problem.geometry.batch = std::min(size.images, problem.geometry.batch - image);
  block.problem.geometry.axes[0] = part.axis;
  block.x = image * problem.x.strides[0] + part.x * problem.x.strides[outermost];
  block.y = image * problem.y.strides[0] + part.y * problem.y.strides[outermost];
  const auto aligned = [](Operand& operand, std::int64_t elements) {
    operand.alignment =
        alignment_after(operand.alignment, elements * static_cast<std::int64_t>(size_of(operand.dtype)));
  };
  aligned(block.problem.x, block.x), aligned(block.problem.y, block.y);
  return block;
}

bool fits(const ConvProblem& problem, const BlockSize& size, std::int64_t limit) {
  // One that lies in the middle meets most.
  const std::int64_t middle = rows_of(problem) / 2 / size.rows * size.rows;
  const ConvProblem block = block_at(problem, size, 0, middle).problem;
  return reach_of(block, Role::x) <= limit && reach_of(block, Role::y) <= limit;
}

}  // namespace

std::int64_t reach_of(const ConvProblem& problem, Role role) {
  const Dims extents = extents_of(problem.geometry, role);
  Checked reach = 1;
  for (int i = 0; i < extents.size(); ++i)
    reach = reach + Checked(extents[i] - 1) * std::abs(problem.operand(role).strides[i]);
  return reach.get().value_or(std::numeric_limits<std::int64_t>::max());
}

namespace {

// The most of `all`, in whole steps but for the last, with which blocks are within the limit; one step if none are.
template <class Fits>
std::int64_t most_that_fit(std::int64_t all, std::int64_t step, Fits&& fit) {
  if (fit(all)) return all;
  std::int64_t most = 1, too_many = ceil_div(all, step);
  while (too_many - most > 1) {
    const std::int64_t some = most + (too_many - most) / 2;
    (fit(some * step) ? most : too_many) = some;
  }
  return std::min(most * step, all);
}

}  // namespace

std::optional<BlockSize> block_size(const ConvProblem& problem, std::int64_t limit) {
  // Whole strides: then most blocks are the same problem.
  const std::int64_t step = problem.pass == Pass::DataGrad ? problem.geometry.axes[0].stride : 1;
  BlockSize size{problem.geometry.batch, rows_of(problem)};
  size.images = most_that_fit(size.images, 1, [&](std::int64_t n) { return fits(problem, {n, size.rows}, limit); });
  size.rows = most_that_fit(size.rows, step, [&](std::int64_t n) { return fits(problem, {size.images, n}, limit); });
  const Checked blocks = Checked(ceil_div(problem.geometry.batch, size.images)) * ceil_div(rows_of(problem), size.rows);
  const bool few = blocks.fits() && blocks.value() <= most_blocks;
  return few && fits(problem, size, limit) ? std::optional(size) : std::nullopt;
}

std::vector<Block> blocks_of(const ConvProblem& problem, const BlockSize& size) {
  std::vector<Block> blocks;
  for (std::int64_t image = 0; image < problem.geometry.batch; image += size.images)
    for (std::int64_t row = 0; row < rows_of(problem); row += size.rows) {
      blocks.push_back(block_at(problem, size, image, row));
      if (problem.pass == Pass::WeightGrad && blocks.size() > 1) blocks.back().problem.accumulate = true;
    }
  return blocks;
}

}  // namespace faltung::rewrite_split
