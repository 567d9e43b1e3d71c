// A problem ready to run: the contraction of each phase, how it is cut, and the kernels it takes.
#pragma once

#include <memory>

#include "plan/engine.h"

namespace faltung::cpu_gemm {

std::shared_ptr<Plan> make_plan(const ConvProblem& problem, int threads);

}  // namespace faltung::cpu_gemm
