// Random problems of a seed that is said and can be set.
#pragma once

#include <cstdint>

#include "check/random_problems.h"

namespace faltung::test {

using check::RandomProblems;

// FALTUNG_SEED if it is set, else 1: a run can be repeated, and CI can wander by setting it.
std::uint64_t seed();
// Says on stdout which seed a test uses and how to repeat it.
std::uint64_t announced_seed();

}  // namespace faltung::test
