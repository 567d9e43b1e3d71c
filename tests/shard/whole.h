// A problem on one device, and a rank's part of it beside that.
#pragma once

#include <array>

#include "faltung/group.h"
#include "shard/random_division.h"

namespace faltung::test {

// Small whole numbers, and what one device makes of them.
struct Whole {
  std::array<Tensor, 3> operands;
  Tensor bias, z, expected;

  Whole(const ConvProblem& problem, RandomProblems& random);
};

// Computes this rank's part; throws if it has other bits.
void compare_part(const DividedProblem& divided, const Whole& whole, Group& group,
                  Context& context = default_context());

}  // namespace faltung::test
