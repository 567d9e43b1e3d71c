// How a run on a GPU spends its time, beyond what the planner needs to know.
#pragma once

#include "faltung/tune.h"
#include "plan/engine.h"

namespace faltung::cuda {

GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds);

}  // namespace faltung::cuda
