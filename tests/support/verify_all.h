// Every way in which an engine does each of many problems, verified.
#pragma once

#include <vector>

#include "faltung/problem.h"
#include "support/engines.h"

namespace faltung::test {

// A failure of the running test for each result that is wrong; how many were right. Says on stdout what was refused and
// why. FALTUNG_TEST_SECONDS bounds the time of one call, which then takes the problems in random order. All counts go
// to the table of proof.h.
int verify_all(const EngineOnDevice& engine, std::vector<ConvProblem> problems);

}  // namespace faltung::test
