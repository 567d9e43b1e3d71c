// Three real problems, after Gauss: with t1 = ac, t2 = bd, t3 = (a + b)(c + d),
//     (a + bi)(c + di) = (t1 − t2) + (t3 − t1 − t2) i
// which holds for every bilinear product, so for all three passes.
#include <array>

#include "engines/rewrite/complex/parts.h"
#include "engines/rewrite/complex/plans.h"
#include "plan/composite_plan.h"

namespace faltung {
namespace {

using namespace rewrite_complex;

template <class Real>
class GaussPlan final : public CompositePlan {
 public:
  GaussPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.complex: three real problems", planner), problem_(problem) {
    ConvProblem part = real_form(problem);
    for (const Role role : {Role::x, Role::w, Role::y}) {
      for (Buffer& each : buffers_[static_cast<std::size_t>(role)])
        each = buffer(problem.geometry, role, dtype_of<Real>);
      part.operand(role) = buffers(role)[0].operand;
    }
    solve(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Stream& stream) const override {
    const Role written = written_role(problem_.pass);
    for (const Role role : {Role::x, Role::w, Role::y})
      if (role != written) split(role, operands.get(role), workspace);
    for (std::size_t i = 0; i < 3; ++i) {
      Operands part;
      for (const Role role : {Role::x, Role::w, Role::y}) set_operand(part, role, at(buffers(role)[i], workspace));
      run_part(part, workspace, stream);
    }
    combine(written, operands.get(written), workspace);
  }

 private:
  const std::array<Buffer, 3>& buffers(Role role) const { return buffers_[static_cast<std::size_t>(role)]; }
  Strided<Real> strided(const Buffer& buffer, Workspace workspace) const {
    return {static_cast<Real*>(at(buffer, workspace)), buffer.operand.strides};
  }

  void split(Role role, void* data, Workspace workspace) const {
    const Operand& operand = problem_.operand(role);
    const Real sign = sign_of<Real>(operand);
    const auto& [real, imaginary, sum] = buffers(role);
    zip(
        extents_of(problem_.geometry, role), threads(),
        [sign](Real& a, Real& b, Real& c, const Real& re, const Real& im) {
          a = re;
          b = sign * im;
          c = a + b;
        },
        strided(real, workspace), strided(imaginary, workspace), strided(sum, workspace),
        part_of<Real>(operand, data, 0), part_of<Real>(operand, data, 1));
  }

  void combine(Role written, void* data, Workspace workspace) const {
    const bool accumulate = problem_.accumulate;
    const auto& [t1, t2, t3] = buffers(written);
    zip(
        extents_of(problem_.geometry, written), threads(),
        [accumulate](Real& re, Real& im, const Real& ac, const Real& bd, const Real& both) {
          re = (accumulate ? re : Real(0)) + (ac - bd);
          im = (accumulate ? im : Real(0)) + (both - ac - bd);
        },
        part_of<Real>(problem_.written(), data, 0), part_of<Real>(problem_.written(), data, 1), strided(t1, workspace),
        strided(t2, workspace), strided(t3, workspace));
  }

  ConvProblem problem_;
  std::array<std::array<Buffer, 3>, 3> buffers_;  // by Role: a, b, a + b of what is read; t1, t2, t3 of what is written
};

}  // namespace

std::shared_ptr<const Plan> rewrite_complex::gauss_plan(const ConvProblem& problem, Planner& planner) {
  if (problem.x.dtype == DType::cf32) return std::make_shared<GaussPlan<float>>(problem, planner);
  return std::make_shared<GaussPlan<double>>(problem, planner);
}

}  // namespace faltung
