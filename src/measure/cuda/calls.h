// Clocks of GPUs: time_calls.h and time_copy.h say what they mean.
#pragma once

#include "measure/cuda/time_calls.h"
#include "measure/cuda/time_copy.h"

namespace faltung::cuda {

struct TimingCalls {
  Timing (*time_kernels)(const Plan& plan, const OperandStorage& storage, Device device, const TimingBudget& budget);
  GpuTiming (*time_calls)(const Plan& plan, const ConvProblem& problem, Device device, double seconds);
  std::optional<double> (*time_copy)(std::size_t bytes, DType dtype, Device device, double seconds);
};

extern const TimingCalls timing_calls;

// Behind the last, in a file of its own.
std::optional<double> time_copy_on_device(std::size_t bytes, DType dtype, Device device, double seconds);

}  // namespace faltung::cuda
