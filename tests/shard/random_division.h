// Problems and how they are divided, from a seed.
#pragma once

#include "faltung/sharded.h"
#include "support/random_problem.h"

namespace faltung::test {

struct DividedProblem {
  ConvProblem problem;
  OperandShardings shardings;
  int ranks = 2;
  Overlap overlap = Overlap::automatic;
};

// Of any pass, rank, stride, dilation, padding and group, of several types, in both formats; 2 to 16 ranks, if their
// number is not given, in grids of up to three dimensions, uneven and empty blocks, operands that are cut otherwise
// than each other.
DividedProblem random_division(RandomProblems& random, int ranks = 0);

std::string describe(const DividedProblem& divided);

}  // namespace faltung::test
