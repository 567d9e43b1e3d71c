#include "device/cpu/backend.h"

#include <fmt/format.h>

#include "device/cpu/clock.h"
#include "device/cpu/composites.h"
#include "device/cpu/memory.h"
#include "faltung/device_info.h"

namespace faltung::cpu {
namespace {

constexpr KindNames kind_names{
    .name = "cpu", .title = "CPU", .device = "the CPU", .runtime = "", .timing = "warm-calls"};

class CpuBackend final : public Backend {
 public:
  const KindNames& names() const noexcept override { return kind_names; }
  std::string_view unavailable() const override { return {}; }
  int device_count() const override { return 1; }
  DeviceInfo info(int index, int threads) const override {
    if (index == 0) return cpu_info(threads);
    throw Error(ErrorCode::InvalidArgument, fmt::format("there is no CPU {}; the CPU is device 0", index));
  }
  RuntimeVersions versions(int) const override { return {}; }
  Memory* memory() const override { return &cpu::memory(); }
  void combine(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution) const override {
    combine_on_cpu(out, terms, execution);
  }
  void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                    const Execution& execution) const override {
    store_result_on_cpu(problem, result, operands, execution);
  }
  Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                   const TimingBudget& budget) const override {
    return time_on_host(plan, storage, execution, budget);
  }
};

}  // namespace

const Backend& backend() {
  static constinit const CpuBackend backend{};
  return backend;
}

}  // namespace faltung::cpu
