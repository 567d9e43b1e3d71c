// Three real problems, after Gauss: with t1 = ac, t2 = bd, t3 = (a + b)(c + d),
//     (a + bi)(c + di) = (t1 − t2) + (t3 − t1 − t2) i
// which holds for every bilinear product, so for all three passes.
#include <array>

#include "compose/combine.h"
#include "compose/composite_plan.h"
#include "engines/rewrite/complex/parts.h"
#include "engines/rewrite/complex/plans.h"

namespace faltung {
namespace {

using namespace rewrite_complex;

class GaussPlan final : public CompositePlan {
 public:
  GaussPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.complex: three real problems", planner), problem_(problem) {
    ConvProblem part = real_form(problem);
    for (const Role role : {Role::x, Role::w, Role::y}) {
      for (Buffer& each : buffers_[static_cast<std::size_t>(role)])
        each = buffer(problem.geometry, role, real_of(problem.x.dtype));
      part.operand(role) = buffers(role)[0].operand;
    }
    solve(planner, part, 3);
  }

  // The parts of w are put together in every run.
  std::size_t prepared_bytes() const override { return 0; }
  void prepare(const void*, std::byte*, const Execution&) const override {}

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const Role written = written_role(problem_.pass);
    for (const Role role : {Role::x, Role::w, Role::y})
      if (role != written) split(role, operands.get(role), workspace, execution);
    for (std::size_t i = 0; i < 3; ++i) {
      Operands part;
      for (const Role role : {Role::x, Role::w, Role::y}) set_operand(part, role, at(buffers(role)[i], workspace));
      run_part(part, workspace, execution);
    }
    join(written, operands.get(written), workspace, execution);
  }

 private:
  const std::array<Buffer, 3>& buffers(Role role) const { return buffers_[static_cast<std::size_t>(role)]; }

  void split(Role role, void* data, Workspace workspace, const Execution& execution) const {
    const Operand& operand = problem_.operand(role);
    const double sign = sign_of(operand);
    const TensorView re = part_of(problem_.geometry, role, operand, data, 0);
    const TensorView im = part_of(problem_.geometry, role, operand, data, 1);
    const auto& [real, imaginary, sum] = buffers(role);
    combine(view(real, workspace), {{1, re}}, execution);
    combine(view(imaginary, workspace), {{sign, im}}, execution);
    combine(view(sum, workspace), {{1, re}, {sign, im}}, execution);
  }

  void join(Role written, void* data, Workspace workspace, const Execution& execution) const {
    const auto& [ac, bd, both] = buffers(written);
    const TensorView t1 = view(ac, workspace), t2 = view(bd, workspace), t3 = view(both, workspace);
    const TensorView re = part_of(problem_.geometry, written, problem_.written(), data, 0);
    const TensorView im = part_of(problem_.geometry, written, problem_.written(), data, 1);
    if (problem_.accumulate) {
      combine(re, {{1, t1}, {-1, t2}, {1, re}}, execution);
      combine(im, {{1, t3}, {-1, t1}, {-1, t2}, {1, im}}, execution);
    } else {
      combine(re, {{1, t1}, {-1, t2}}, execution);
      combine(im, {{1, t3}, {-1, t1}, {-1, t2}}, execution);
    }
  }

  ConvProblem problem_;
  std::array<std::array<Buffer, 3>, 3> buffers_;  // by Role: a, b, a + b of what is read; t1, t2, t3 of what is written
};

}  // namespace

std::shared_ptr<Plan> rewrite_complex::gauss_plan(const ConvProblem& problem, Planner& planner) {
  return std::make_shared<GaussPlan>(problem, planner);
}

}  // namespace faltung
