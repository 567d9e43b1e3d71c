#include "plan/engine.h"

#include "engines/cpu/gemm/plan.h"
#include "plan/planner.h"

namespace faltung {
namespace {

class CpuGemm final : public Engine {
 public:
  std::string_view name() const override { return "cpu.gemm"; }

  std::optional<DeviceType> device() const override { return DeviceType::cpu; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Estimate estimate{
        .flops = flops_of(problem), .bytes = bytes_of(problem), .efficiency = 0.7, .overhead_seconds = 3e-6};
    return one_way({.seconds = estimate.seconds(problem, device)},
                   [&problem](Planner& planner) { return cpu_gemm::make_plan(problem, planner.device().threads); });
  }
};

}  // namespace

namespace engines {

const Engine& cpu_gemm() {
  static const CpuGemm engine;
  return engine;
}

}  // namespace engines
}  // namespace faltung
