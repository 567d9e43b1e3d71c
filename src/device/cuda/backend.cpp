#include "device/backend.h"

#include "device/cuda/clock/clock.h"
#include "device/cuda/info.h"
#include "device/cuda/memory.h"
#include "device/cuda/ops/ops.h"
#include "device/cuda/part.h"
#include "device/cuda/runtime/device.h"

namespace faltung::cuda {
namespace {

class CudaBackend final : public Backend {
 public:
  const KindNames& names() const noexcept override { return kind_names; }
  std::string_view unavailable() const override { return cuda::unavailable(); }
  int device_count() const override { return cuda::device_count(); }
  DeviceInfo info(int index, int) const override { return info_of(index); }
  RuntimeVersions versions(int index) const override {
    const DeviceProperties& properties = device_properties(index);
    return {properties.runtime, properties.driver};
  }
  Memory* memory() const override { return cuda::memory(); }
  void combine(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution) const override {
    combine_on_device(out, terms, execution.stream);
  }
  void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                    const Execution& execution) const override {
    store_result_on_device(problem, result, operands, execution.stream);
  }
  Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                   const TimingBudget& budget) const override {
    return time_kernels(plan, storage, execution.stream.device, budget);
  }
  GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds) const override {
    return cuda::time_calls(plan, problem, device, seconds);
  }
  std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds) const override {
    return cuda::time_copy(bytes, dtype, device, seconds);
  }
};

constinit const CudaBackend on_devices{};

}  // namespace

const Backend& backend_of_part() { return on_devices; }

}  // namespace faltung::cuda
