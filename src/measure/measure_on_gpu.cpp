#include "base/float_environment.h"
#include "device/backend.h"
#include "faltung/tune.h"

namespace faltung {

GpuTiming Backend::time_calls(const Plan&, const ConvProblem& problem, Device, double) const {
  throw Error(ErrorCode::InvalidArgument, "measure_on_gpu: the plan is not for a GPU; problem: " + print(problem));
}

std::optional<double> Backend::time_copy(std::size_t, DType, Device, double) const {
  throw Error(ErrorCode::InvalidArgument, "measure_copy_on_gpu: the device is not a GPU");
}

GpuTiming measure_on_gpu(const CompiledConv& compiled, double seconds) {
  const DefaultFloatEnvironment scope;
  const Device device = compiled.selection().device;
  return backend_of(device.type).time_calls(compiled.plan(), compiled.problem(), device, seconds);
}

std::optional<double> measure_copy_on_gpu(std::size_t bytes, DType dtype, Device device, double seconds) {
  const DefaultFloatEnvironment scope;
  return backend_of(device.type).time_copy(bytes, dtype, device, seconds);
}

}  // namespace faltung
