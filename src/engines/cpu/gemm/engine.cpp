#include "plan/engine.h"

#include "engines/cpu/gemm/plan.h"
#include "plan/planner.h"

namespace faltung {
namespace {

class CpuGemm final : public Engine {
 public:
  std::string_view name() const override { return "cpu.gemm"; }

  Verdict supports(const ConvProblem&, const DeviceInfo& device) const override {
    return Verdict().need(device.device.type == DeviceType::cpu, "runs on the CPU only");
  }

  Estimate estimate(const ConvProblem& problem, const DeviceInfo&) const override {
    return {.flops = flops_of(problem), .bytes = bytes_of(problem), .efficiency = 0.7, .overhead_seconds = 3e-6};
  }

  std::shared_ptr<const Plan> plan(const ConvProblem& problem, const Variant&, Planner& planner) const override {
    return cpu_gemm::make_plan(problem, planner.device().threads);
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
