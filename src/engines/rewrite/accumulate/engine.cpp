// Computes the result in a buffer and adds it to the written operand: one rounding.
#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "compose/store_result.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class AccumulatePlan final : public CompositePlan {
 public:
  AccumulatePlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.accumulate: add afterwards", planner), problem_(problem) {
    const Role written = written_role(problem.pass);
    const MemoryFormat format = layout_of(problem, written).nearest();
    result_ = buffer(problem.geometry, written, accumulator_of(problem), format);
    ConvProblem part = problem;
    part.operand(written) = result_.operand;
    part.accumulate = false;
    part.epilogue = {};
    part.numerics.accumulate = accumulator_of(problem);
    solve_whole(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    void* const result = at(result_, workspace);
    Operands part{.x = operands.x, .w = operands.w, .y = operands.y, .prepared = operands.prepared};
    const Role written = written_role(problem_.pass);
    set_operand(part, written, result);
    run_part(part, workspace, execution);
    store_result(problem_, view(result_, workspace), operands, execution);
  }

 private:
  ConvProblem problem_;
  Buffer result_;
};

class AccumulateAfterwards final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.accumulate"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Verdict verdict = Verdict()
                                .need(problem.accumulate, "does not accumulate")
                                .need(problem.epilogue.empty(), "rewrite.epilogue comes first and adds too");
    if (!verdict) return verdict;
    const auto count = static_cast<double>(numel_of(problem.geometry, written_role(problem.pass)));
    const double buffer_bytes = count * static_cast<double>(size_of(accumulator_of(problem)));
    return one_way({.seconds = composite_seconds(problem, device, buffer_bytes)},
                   [&problem](Planner& planner) { return std::make_shared<AccumulatePlan>(problem, planner); });
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_accumulate() {
  static const NeverDestroyed<AccumulateAfterwards> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
