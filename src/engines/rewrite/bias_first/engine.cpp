// The bias into the written operand first, then the plain sum onto it: one rounding, as the bias has the result's type.
#include "plan/composite_plan.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class BiasFirstPlan final : public CompositePlan {
 public:
  BiasFirstPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.bias_first: the bias, and the sum added to it", planner), problem_(problem) {
    ConvProblem part = problem;
    part.epilogue = {};
    part.accumulate = true;
    solve_whole(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Stream& stream) const override {
    const Role written = written_role(problem_.pass);
    const TensorView result = view_of(problem_.geometry, written, problem_.written(), operands.get(written));
    copy_on(stream, everywhere(operands.bias, result), result);
    run_part({.x = operands.x, .w = operands.w, .y = operands.y}, workspace, stream);
  }

 private:
  // A channel's number at all its places.
  static TensorView everywhere(const void* bias, const TensorView& result) {
    Dims strides = Dims::filled(result.rank(), 0);
    strides[1] = result.size(2);
    strides[2] = 1;
    return TensorView(const_cast<void*>(bias), result.dtype, result.sizes, strides);
  }

  ConvProblem problem_;
};

class BiasFirst final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.bias_first"; }
  Kind kind() const override { return Kind::composite; }

  Verdict supports(const ConvProblem& p, const DeviceInfo&) const override {
    return Verdict()
        .need(p.epilogue == Epilogue{.bias = true}, "a bias and nothing else follows the sum")
        .need(!p.accumulate, "what stands there is to be added to");
  }

  // Sums of the result's type need no buffer in rewrite.epilogue. For others this is the faster way: the part has the
  // problem's types, not a result wider than what is read.
  Estimate estimate(const ConvProblem& p, const DeviceInfo&) const override {
    const auto count = static_cast<double>(numel_of(p.geometry, written_role(p.pass)));
    Estimate estimate = composite_estimate(p, count * static_cast<double>(size_of(p.written().dtype)));
    if (p.written().dtype != accumulator_of(p)) estimate.efficiency *= 2;
    return estimate;
  }

  std::shared_ptr<const Plan> plan(const ConvProblem& problem, const Variant&, Planner& planner) const override {
    return std::make_shared<BiasFirstPlan>(problem, planner);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_bias_first() {
  static const BiasFirst engine;
  return engine;
}
}  // namespace engines
}  // namespace faltung
