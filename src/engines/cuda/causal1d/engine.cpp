// Short causal convolutions, at copy speed.
#include "faltung/engine.h"

#include "base/cuda/device.h"
#include "base/never_destroyed.h"
#include "engines/cuda/causal1d/shape.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class CausalPlan final : public Plan {
 public:
  CausalPlan(const ConvProblem& problem, const DeviceInfo& gpu) : shape_(cuda_causal1d::shape_of(problem, gpu)) {}

  void run(const Operands& operands, Workspace, const Execution& execution) const override {
    cuda_causal1d::run(shape_, operands, execution.stream.native);
  }

  void outline(Outline& outline) const override {
    outline.line(shape_.elements > 1 ? "cuda.causal1d: 16 bytes at a time" : "cuda.causal1d: element by element");
  }

 private:
  cuda_causal1d::Shape shape_;
};

class Causal1d final : public Engine {
 public:
  std::string_view name() const override { return "cuda.causal1d"; }
  std::optional<DeviceType> device() const override { return DeviceType::cuda; }
  std::string unavailable() const override { return std::string(cuda::unavailable()); }

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const std::string_view reason = cuda_causal1d::refusal(p); !reason.empty())
      return Answer::refused(std::string(reason));
    const Estimate estimate{.flops = flops_of(p),
                            .ceiling = ceiling_of(p, device, Unit::vector),
                            .efficiency = 0.6,
                            .bytes = bytes_of(p),
                            .overhead_seconds = 3e-6};
    return one_way({.seconds = estimate.seconds(device), .workspace_bytes = 0},
                   [&p](Planner& planner) { return std::make_shared<CausalPlan>(p, planner.device()); });
  }
};

}  // namespace

namespace engines {
const Engine& cuda_causal1d() {
  static const NeverDestroyed<Causal1d> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
