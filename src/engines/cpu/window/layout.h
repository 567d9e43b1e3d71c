// Where the elements of a group lie.
#pragma once

#include "engines/cpu/window/sweep.h"
#include "faltung/plan.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {

// Of an element of an operand: offset 0 is the first one of an image's channel in a group.
inline std::byte* element_of(const ConvProblem& p, const Operands& operands, Role role, std::int64_t image,
                             std::int64_t group, std::int64_t channel, std::int64_t offset) {
  const Operand& operand = p.operand(role);
  const std::int64_t elements =
      image * operand.strides[0] + group * operand.strides[1] + channel * operand.strides[2] + offset;
  return static_cast<std::byte*>(operands.get(role)) + elements * static_cast<std::int64_t>(size_of(operand.dtype));
}

// Whether the positions' channels are neighbours in memory, and of the sums' type: four of them are copied together.
inline bool has_neighbours(const ConvProblem& p) {
  const Operand& positions = p.operand(roles_of(p).positions);
  return positions.strides[2] == 1 && positions.dtype == accumulator_of(p) && roles_of(p).position_channels >= 4;
}

}  // namespace faltung::cpu_window
