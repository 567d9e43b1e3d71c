#include <algorithm>

#include "shard/geometry/channels.h"
#include "shard/geometry/division.h"

namespace faltung {
namespace {

Box box_of_weights(const Geometry& g, Role work, const Range& block, const Groups& groups) {
  Box box{Dims::filled(2 + g.rank, 0), joined_extents(g, Role::w)};
  const std::int64_t first = groups.range.begin;
  if (work == Role::y) {
    set_range(box, 0, block);
    return box;
  }
  set_range(box, 0, {first * g.out_channels, groups.range.end * g.out_channels});
  if (!groups.whole) set_range(box, 1, {block.begin - first * g.in_channels, block.end - first * g.in_channels});
  return box;
}

Piece piece_of(const ConvProblem& problem, const Box& work) {
  const Geometry& g = problem.geometry;
  const Role role = work_role(problem.pass), other = other_role(problem.pass);
  const Range block = range_of(work, channels);
  const Groups groups = groups_of(block, in_group(g, role));
  Piece piece{.geometry = g, .boxes = {}};
  Box needed = work;
  set_range(needed, channels, {groups.range.begin * in_group(g, other), groups.range.end * in_group(g, other)});
  for (int axis = space; axis < space + g.rank; ++axis) {
    const Range range = range_of(work, axis);
    const Range reached = role == Role::y ? met_by_y(axis_of(g, axis), range) : meeting_x(axis_of(g, axis), range);
    set_range(needed, axis, reached);
    piece.geometry.axes[static_cast<std::size_t>(axis - space)] =
        role == Role::y ? between(axis_of(g, axis), reached, range) : between(axis_of(g, axis), range, reached);
  }
  piece.geometry.batch = work.extents[0];
  piece.geometry.groups = groups.whole ? groups.range.extent() : 1;
  (role == Role::x ? piece.geometry.in_channels : piece.geometry.out_channels) =
      groups.whole ? in_group(g, role) : block.extent();
  piece.boxes[index_of(role)] = work;
  piece.boxes[index_of(other)] = needed;
  piece.boxes[index_of(Role::w)] = box_of_weights(g, role, block, groups);
  return piece;
}

// The part of a block of work along one axis that depends on what the rank holds of the other operand.
Range interior_along(const Division& d, int axis, const Range& work, const Range& held) {
  const Geometry& g = d.problem.geometry;
  const Role role = work_role(d.problem.pass);
  if (axis >= space) return interior_of(axis_of(g, axis), role == Role::y ? met_by_y : meeting_x, work, held);
  if (axis == 0) {
    const std::int64_t begin = std::clamp(held.begin, work.begin, work.end);
    return {begin, std::clamp(held.end, begin, work.end)};
  }
  const Groups groups = groups_of(work, in_group(g, role));
  const std::int64_t each = in_group(g, other_role(d.problem.pass));
  return held.contains({groups.range.begin * each, groups.range.end * each}) ? work : Range{work.begin, work.begin};
}

// The interior, then slabs: of each axis those before and behind it, between those of the axes before.
std::vector<Box> interior_first(const Division& d, const Box& work, const Box& held) {
  Box interior = work;
  std::vector<Box> boxes;
  for (int axis = 0; axis < work.extents.size(); ++axis) {
    const Range all = range_of(work, axis), inner = interior_along(d, axis, all, range_of(held, axis));
    if (inner.empty()) return {work};
    for (const Range& slab : {Range{all.begin, inner.begin}, Range{inner.end, all.end}}) {
      if (slab.empty()) continue;
      set_range(boxes.emplace_back(interior), axis, slab);
    }
    set_range(interior, axis, inner);
  }
  boxes.insert(boxes.begin(), interior);
  return boxes;
}

}  // namespace

std::vector<Piece> pieces_of(const Division& d, int rank) {
  const Role role = work_role(d.problem.pass);
  const Box work = d.held(role, rank);
  if (is_empty(work)) return {};
  if (d.problem.pass == Pass::WeightGrad && holders_with(d.shardings.of(role), rank, d.ranks).front() != rank)
    return {};
  std::vector<Box> boxes{work};
  if (d.order == WorkOrder::interior_first) boxes = interior_first(d, work, d.held(other_role(d.problem.pass), rank));
  std::vector<Piece> pieces;
  for (const Box& box : boxes) pieces.push_back(piece_of(d.problem, box));
  return pieces;
}

}  // namespace faltung
