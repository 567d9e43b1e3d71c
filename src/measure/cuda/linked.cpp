#include "base/cuda/part.h"
#include "measure/cuda/calls.h"

namespace faltung::cuda {

Timing time_kernels(const Plan& plan, const OperandStorage& storage, Device device, const TimingBudget& budget) {
  return part().timing->time_kernels(plan, storage, device, budget);
}

GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds) {
  return part().timing->time_calls(plan, problem, device, seconds);
}

std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds) {
  return part().timing->time_copy(bytes, dtype, device, seconds);
}

}  // namespace faltung::cuda
