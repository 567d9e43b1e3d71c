// The problems of problems/*.txt, each in every pass and type.
#pragma once

#include <string>
#include <vector>

#include "faltung/problem.h"

namespace faltung::test {

// `name`: "smoke", "edge", "regressions", as they stand, then in the other passes and types where that means something
// (a repeated output does not; an activation of reals is left out for complex numbers).
std::vector<ConvProblem> problems_of(const std::string& name);

// Those of problems/quantized.txt; large ones as reduced_models() has them.
std::vector<ConvProblem> quantized_problems();

// Every different layer of problems/models: one image, few channels and groups, a few outputs along each axis; filter,
// stride, dilation, padding, layout and type as they stand.
std::vector<ConvProblem> reduced_models();

// The problem in all three passes and all types, itself first.
std::vector<ConvProblem> in_every_pass_and_type(const ConvProblem& problem);

}  // namespace faltung::test
