// The plain sum first, then bias, addition, activation and one rounding. Where sums are of the result's own type and
// nothing is added to what stands there, the sum needs no buffer.
#include "plan/composite_plan.h"
#include "plan/store_result.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class EpiloguePlan final : public CompositePlan {
 public:
  EpiloguePlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.epilogue: bias, add and activation afterwards", planner), problem_(problem) {
    const Role written = written_role(problem.pass);
    ConvProblem part = problem;
    if (!in_place()) {
      const MemoryFormat format = nearest_format(problem.geometry, written, problem.written());
      result_ = buffer(problem.geometry, written, accumulator_of(problem), format);
      part.operand(written) = result_.operand;
    }
    part.accumulate = false;
    part.epilogue = {};
    part.numerics.accumulate = accumulator_of(problem);
    solve_whole(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Stream& stream) const override {
    Operands part{.x = operands.x, .w = operands.w, .y = operands.y};
    const Role written = written_role(problem_.pass);
    if (!in_place()) set_operand(part, written, at(result_, workspace));
    run_part(part, workspace, stream);
    const TensorView result = in_place()
                                  ? view_of(problem_.geometry, written, problem_.written(), operands.get(written))
                                  : view(result_, workspace);
    store_result(problem_, result, operands, threads(), stream);
  }

 private:
  bool in_place() const {  // z may be the written operand itself
    return problem_.written().dtype == accumulator_of(problem_) && !problem_.accumulate && !problem_.epilogue.add;
  }

  ConvProblem problem_;
  Buffer result_;
};

class EpilogueAfterwards final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.epilogue"; }
  Kind kind() const override { return Kind::composite; }

  Verdict supports(const ConvProblem& problem, const DeviceInfo&) const override {
    return Verdict().need(!problem.epilogue.empty(), "there is no epilogue");
  }

  Estimate estimate(const ConvProblem& problem, const DeviceInfo&) const override {
    const auto count = static_cast<double>(numel_of(problem.geometry, written_role(problem.pass)));
    return composite_estimate(problem, count * static_cast<double>(size_of(accumulator_of(problem))));
  }

  std::shared_ptr<const Plan> plan(const ConvProblem& problem, const Variant&, Planner& planner) const override {
    return std::make_shared<EpiloguePlan>(problem, planner);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_epilogue() {
  static const EpilogueAfterwards engine;
  return engine;
}
}  // namespace engines
}  // namespace faltung
