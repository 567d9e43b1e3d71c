// Timing of runs and copies on a GPU.
#pragma once

#include "faltung/tune.h"
#include "measure/measure.h"

namespace faltung::cuda {

// Used for choosing: replays of a CUDA graph, so that host time does not hide kernels of a few microseconds; calls
// between events if the plan cannot be captured.
Timing time_kernels(const Plan& plan, const OperandStorage& storage, Device device, const TimingBudget& budget);

// All figures that `faltung bench` shows.
GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds);

// Like measure_copy_on_gpu(), a yardstick for kernels that are bound by memory.
std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds);

}  // namespace faltung::cuda
