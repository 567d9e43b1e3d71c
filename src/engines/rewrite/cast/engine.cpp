// All operands in the accumulator type; the result is rounded once, when it is copied back.
#include <array>

#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

constexpr Role roles[] = {Role::x, Role::w, Role::y};

double bytes_to_cast(const ConvProblem& problem) {
  const DType wide = accumulator_of(problem);
  double bytes = 0;
  for (const Role role : roles)
    if (problem.operand(role).dtype != wide)
      bytes += static_cast<double>(numel_of(problem.geometry, role)) * static_cast<double>(size_of(wide));
  return bytes;
}

class CastPlan final : public CompositePlan {
 public:
  CastPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.cast: to " + std::string(name_of(accumulator_of(problem))), planner), problem_(problem) {
    ConvProblem part = problem;
    part.numerics.accumulate = accumulator_of(problem);
    for (const Role role : roles) {
      const Operand& narrow = problem.operand(role);
      if (!is_cast(role)) continue;
      const MemoryFormat format = layout_of(problem, role).nearest();
      Buffer& wide = buffers_[static_cast<std::size_t>(role)];
      wide = buffer(problem.geometry, role, accumulator_of(problem), format);
      wide.operand.conjugate = narrow.conjugate;
      part.operand(role) = wide.operand;
      if (role == Role::w && problem.pass != Pass::WeightGrad) copy_weights_to(wide, problem);
    }
    solve(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Operands part = operands;
    const Role written = written_role(problem_.pass);
    for (const Role role : roles) {
      if (!is_cast(role)) continue;
      if (role == Role::w && role != written) {
        take_weights(part, workspace, execution);
        continue;
      }
      const Buffer& wide = buffers_[static_cast<std::size_t>(role)];
      set_operand(part, role, at(wide, workspace));
      if (role != written || problem_.accumulate) copy_on(execution, original(role, operands), view(wide, workspace));
    }
    run_part(part, workspace, execution);
    if (is_cast(written))
      copy_on(execution, view(buffers_[static_cast<std::size_t>(written)], workspace), original(written, operands));
  }

 private:
  bool is_cast(Role role) const { return problem_.operand(role).dtype != accumulator_of(problem_); }
  TensorView original(Role role, const Operands& operands) const {
    return view_of(problem_.geometry, role, problem_.operand(role), operands.get(role));
  }

  ConvProblem problem_;
  std::array<Buffer, 3> buffers_;
};

class Cast final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.cast"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const double cast_bytes = bytes_to_cast(problem);
    const Verdict verdict =
        Verdict()
            .need(cast_bytes > 0, "every operand has the accumulator's type already")
            .need(problem.epilogue.empty(), "bias and z would have to be cast too: rewrite.epilogue comes first");
    if (!verdict) return verdict;
    return one_way({.seconds = composite_seconds(problem, device, cast_bytes)},
                   [&problem](Planner& planner) { return std::make_shared<CastPlan>(problem, planner); });
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_cast() {
  static const NeverDestroyed<Cast> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
