// Which rank computes which part of a problem, and what it needs of the others. All of it is arithmetic that every rank
// can do for every other, so nothing has to be asked.
#pragma once

#include <array>
#include <vector>

#include "problem/roles.h"
#include "shard/geometry/box.h"

namespace faltung {

// A part of the work: the whole operands' boxes that it reads and writes make an ordinary problem.
struct Piece {
  Geometry geometry;
  std::array<Box, 3> boxes;  // of x, w, y

  const Box& of(Role role) const noexcept { return boxes[index_of(role)]; }
};

// The whole work of a rank at once, once everything has arrived; or first what depends on its own elements alone, then
// what is left, in slabs.
enum class WorkOrder : std::uint8_t { whole, interior_first };

struct Division {
  ConvProblem problem;  // canonical
  OperandShardings shardings;
  int ranks = 1;
  WorkOrder order = WorkOrder::whole;

  Box held(Role role, int rank) const {
    return block_of(shardings.of(role), joined_extents(problem.geometry, role), rank, ranks);
  }
};

// The operand by whose blocks the work is divided: the written one, for a weight gradient y.
constexpr Role work_role(Pass pass) noexcept { return pass == Pass::DataGrad ? Role::x : Role::y; }
constexpr Role other_role(Pass pass) noexcept { return pass == Pass::DataGrad ? Role::y : Role::x; }

// Throws InvalidArgument for shardings that do not fit, channels cut within some groups and between others, and an axis
// that is cut and padded with anything but zeros.
void check(const Division& division);

// What a rank computes; nothing if its block is empty, or, for a weight gradient, if a rank before it holds the same.
std::vector<Piece> pieces_of(const Division& division, int rank);

// A part of an operand that one rank needs and another holds.
struct Transfer {
  int peer = 0;
  std::size_t piece = 0;  // of the rank that needs it
  Role role = Role::x;
  Box box;
};
// In an order that is the same at both ends of each pair of ranks.
std::vector<Transfer> received_by(const Division& division, int rank);
std::vector<Transfer> sent_by(const Division& division, int rank);

// The ranks that hold the same block as this one, itself included, in ascending order.
std::vector<int> holders_with(const Sharding& sharding, int rank, int ranks);

}  // namespace faltung
