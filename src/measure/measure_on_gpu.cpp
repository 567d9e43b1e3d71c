#include "base/float_environment.h"
#include "faltung/tune.h"
#include "measure/cuda/time_calls.h"
#include "measure/cuda/time_copy.h"

namespace faltung {

GpuTiming measure_on_gpu(const CompiledConv& compiled, double seconds) {
  const DefaultFloatEnvironment scope;
  const Device device = compiled.selection().device;
  if (device.type != DeviceType::cuda)
    throw Error(ErrorCode::InvalidArgument,
                "measure_on_gpu: the plan is not for a GPU; problem: " + print(compiled.problem()));
  return cuda::time_calls(compiled.plan(), compiled.problem(), device, seconds);
}

std::optional<double> measure_copy_on_gpu(std::size_t bytes, DType dtype, Device device, double seconds) {
  const DefaultFloatEnvironment scope;
  if (device.type != DeviceType::cuda)
    throw Error(ErrorCode::InvalidArgument, "measure_copy_on_gpu: the device is not a GPU");
  return cuda::time_copy(bytes, dtype, device, seconds);
}

}  // namespace faltung
