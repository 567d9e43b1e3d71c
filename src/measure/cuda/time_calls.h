// How a run on a GPU spends its time, beyond what the planner needs to know.
#pragma once

#include "faltung/tune.h"
#include "measure/measure.h"

namespace faltung::cuda {

// What a choice is made by: replays of a CUDA graph, so that a kernel of a few microseconds is not lost in the host's
// time; calls between events where the plan cannot be captured.
Timing time_kernels(const Plan& plan, const OperandStorage& storage, Device device, const TimingBudget& budget);

// All that `faltung bench` shows.
GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds);

}  // namespace faltung::cuda
