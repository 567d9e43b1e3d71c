#include "device/hip/backend.h"

#include "device/cpu/clock.h"
#include "device/hip/info.h"
#include "device/hip/memory.h"
#include "device/hip/runtime/device.h"
#include "device/hip/staged.h"

namespace faltung::hip {
namespace {

constexpr KindNames kind_names{
    .name = "hip", .title = "HIP", .device = "an AMD GPU", .runtime = "opened", .timing = "calls"};

class HipBackend final : public Backend {
 public:
  const KindNames& names() const noexcept override { return kind_names; }
  std::string_view unavailable() const override { return hip::unavailable(); }
  int device_count() const override { return hip::device_count(); }
  DeviceInfo info(int index, int) const override { return info_of(index); }
  RuntimeVersions versions(int index) const override {
    const DeviceProperties& properties = device_properties(index);
    return {properties.runtime, properties.driver};
  }
  Memory* memory() const override { return hip::memory(); }
  void combine(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution) const override {
    hip::combine(out, terms, execution);
  }
  void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                    const Execution& execution) const override {
    hip::store_result(problem, result, operands, execution);
  }
  Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                   const TimingBudget& budget) const override {
    return time_on_host(plan, storage, execution, budget);
  }
};

}  // namespace

const Backend& backend() {
  static constinit const HipBackend backend{};
  return backend;
}

}  // namespace faltung::hip
