// Stands in for this folder in builds without CUDA.
#include "base/cuda/device.h"
#include "measure/cuda/time_calls.h"
#include "measure/cuda/time_copy.h"

namespace faltung::cuda {

Timing time_kernels(const Plan&, const OperandStorage&, Device, const TimingBudget&) {
  throw Error(ErrorCode::Unsupported, std::string(unavailable()));
}

GpuTiming time_calls(const Plan&, const ConvProblem&, Device, double) {
  throw Error(ErrorCode::Unsupported, std::string(unavailable()));
}

std::optional<double> time_copy(std::size_t, DType, Device, double) {
  throw Error(ErrorCode::Unsupported, std::string(unavailable()));
}

}  // namespace faltung::cuda
