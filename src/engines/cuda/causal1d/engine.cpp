// Short causal convolutions, at the speed of a copy.
#include "plan/engine.h"

#include "base/cuda/device.h"
#include "engines/cuda/causal1d/shape.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class CausalPlan final : public Plan {
 public:
  explicit CausalPlan(const ConvProblem& problem) : shape_(cuda_causal1d::shape_of(problem)) {}

  void run(const Operands& operands, Workspace, const Stream& stream) const override {
    cuda_causal1d::run(shape_, operands, stream.native);
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
  std::string_view unavailable() const override { return cuda::unavailable(); }

  Verdict supports(const ConvProblem& p, const DeviceInfo& device) const override {
    Verdict verdict;
    verdict.need(device.device.type == DeviceType::cuda, "runs on a CUDA device only");
    if (!verdict.accepted()) return verdict;
    const std::string_view reason = cuda_causal1d::refusal(p);
    return verdict.need(reason.empty(), reason);
  }

  Estimate estimate(const ConvProblem& p, const DeviceInfo&) const override {
    return {.flops = flops_of(p), .bytes = bytes_of(p) * 1.1, .efficiency = 0.6, .overhead_seconds = 3e-6};
  }

  std::shared_ptr<const Plan> plan(const ConvProblem& p, const Variant&, Planner&) const override {
    return std::make_shared<CausalPlan>(p);
  }
};

}  // namespace

namespace engines {
const Engine& cuda_causal1d() {
  static const Causal1d engine;
  return engine;
}
}  // namespace engines
}  // namespace faltung
