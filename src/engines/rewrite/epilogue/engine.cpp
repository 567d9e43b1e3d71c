// The plain sum first, then bias, addition, activation and one rounding. If the accumulator type is the result's type
// and nothing is accumulated, the sum needs no buffer.
#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "compose/store_result.h"
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
      const MemoryFormat format = layout_of(problem, written).nearest();
      result_ = buffer(problem.geometry, written, accumulator_of(problem), format);
      part.operand(written) = result_.operand;
    }
    part.accumulate = false;
    part.epilogue = {};
    part.numerics.accumulate = accumulator_of(problem);
    solve_whole(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Operands part{.x = operands.x, .w = operands.w, .y = operands.y, .prepared = operands.prepared};
    const Role written = written_role(problem_.pass);
    if (!in_place()) set_operand(part, written, at(result_, workspace));
    run_part(part, workspace, execution);
    const TensorView result = in_place()
                                  ? view_of(problem_.geometry, written, problem_.written(), operands.get(written))
                                  : view(result_, workspace);
    store_result(problem_, result, operands, execution);
  }

 private:
  bool in_place() const {  // z may be the written operand itself
    return problem_.written().dtype == accumulator_of(problem_) && !problem_.accumulate && !problem_.epilogue.add;
  }

  ConvProblem problem_;
  Buffer result_;
};

// Clamping commutes with rounding because 0 and 6 are representable in every type: round(clamp(v)) == clamp(round(v)).
// So a part may compute the rest of the epilogue, which an engine may fuse, and no wider buffer is needed.
class ClampPlan final : public CompositePlan {
 public:
  ClampPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.epilogue: activation afterwards", planner), last_(problem) {
    ConvProblem part = problem;
    part.epilogue.activation = Activation::none;
    last_.epilogue = {.activation = problem.epilogue.activation};
    solve_whole(planner, part);
  }

  static bool is_right_for(const ConvProblem& p) {
    const Activation activation = p.epilogue.activation;
    const bool clamps = activation == Activation::relu || activation == Activation::relu6;
    return clamps && !p.accumulate && is_floating(p.written().dtype) && p.written().dtype != accumulator_of(p);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    run_part(operands, workspace, execution);
    const Role written = written_role(last_.pass);
    const TensorView result = view_of(last_.geometry, written, last_.written(), operands.get(written));
    store_result(last_, result, operands, execution);
  }

 private:
  ConvProblem last_;
};

class EpilogueAfterwards final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.epilogue"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Verdict verdict = Verdict().need(!problem.epilogue.empty(), "there is no epilogue");
    if (!verdict) return verdict;
    const auto count = static_cast<double>(numel_of(problem.geometry, written_role(problem.pass)));
    const double buffer_bytes = count * static_cast<double>(size_of(accumulator_of(problem)));
    return one_way({.seconds = composite_seconds(problem, device, buffer_bytes)},
                   [&problem](Planner& planner) { return plan(problem, planner); });
  }

 private:
  static std::shared_ptr<Plan> plan(const ConvProblem& problem, Planner& planner) {
    if (ClampPlan::is_right_for(problem)) {
      try {
        return std::make_shared<ClampPlan>(problem, planner);
      } catch (const Error& error) {  // no engine fuses the rest
        if (error.code() != ErrorCode::Unsupported) throw;
      }
    }
    return std::make_shared<EpiloguePlan>(problem, planner);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_epilogue() {
  static const NeverDestroyed<EpilogueAfterwards> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
