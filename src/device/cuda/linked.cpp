// CUDA devices as the linker found them: the part, or the stand-in for it.
#include "device/cuda/backend.h"
#include "device/cuda/part.h"
#include "faltung/device_info.h"
#include "faltung/tune.h"

// Defined in `faltung::cuda`. Its target asks the linker for this symbol; no constructor runs, nothing is registered.
extern "C" [[gnu::weak]] const faltung::cuda::Part faltung_cuda_part;

namespace faltung::cuda {
namespace {

[[noreturn]] void refuse() { throw Error(ErrorCode::Unsupported, FALTUNG_CUDA_ABSENT); }

class AbsentBackend final : public Backend {
 public:
  const KindNames& names() const noexcept override { return kind_names; }
  std::string_view unavailable() const override { return FALTUNG_CUDA_ABSENT; }
  int device_count() const override { return 0; }
  DeviceInfo info(int, int) const override { refuse(); }
  RuntimeVersions versions(int) const override { refuse(); }
  Memory* memory() const override { return nullptr; }
  void combine(const TensorView&, std::span<const SignedTensor>, const Execution&) const override { refuse(); }
  void store_result(const ConvProblem&, const TensorView&, const Operands&, const Execution&) const override {
    refuse();
  }
  Timing time_plan(const Plan&, const OperandStorage&, const Execution&, const TimingBudget&) const override {
    refuse();
  }
  GpuTiming time_calls(const Plan&, const ConvProblem&, Device, double) const override { refuse(); }
  std::optional<double> time_copy(std::size_t, DType, Device, double) const override { refuse(); }
};

constinit const AbsentBackend absent{};

}  // namespace

const Part* linked_part() noexcept { return &faltung_cuda_part; }

const Backend& backend() {
  const Part* part = linked_part();
  return part ? part->backend() : absent;
}

}  // namespace faltung::cuda
