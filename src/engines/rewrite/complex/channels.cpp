// One real problem with twice the channels: real and imaginary parts of x and y are channels of their own, and w
// becomes
//     y_re     w_re  −w_im     x_re
//          =                ·
//     y_im     w_im   w_re     x_im
// for Forward. Sums for the data gradient run over the rows instead and must not conjugate w: the signs change sides.
// For the weight gradient the four blocks come out and are added up.
#include <array>

#include "engines/rewrite/complex/parts.h"
#include "engines/rewrite/complex/plans.h"
#include "plan/composite_plan.h"

namespace faltung {
namespace {

using namespace rewrite_complex;

template <class Real>
class ChannelsPlan final : public CompositePlan {
 public:
  ChannelsPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.complex: one real problem of twice the channels", planner), problem_(problem) {
    ConvProblem part = real_form(problem);
    part.geometry.in_channels *= 2;
    part.geometry.out_channels *= 2;
    for (const Role role : {Role::x, Role::w, Role::y}) {
      buffers_[static_cast<std::size_t>(role)] = buffer(part.geometry, role, dtype_of<Real>);
      part.operand(role) = doubled(role).operand;
    }
    solve(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Stream& stream) const override {
    const Role written = written_role(problem_.pass);
    Operands part;
    for (const Role role : {Role::x, Role::w, Role::y}) {
      set_operand(part, role, at(doubled(role), workspace));
      if (role == Role::w && role != written) spread_w(operands.w, workspace);
      if (role != Role::w && role != written) split(role, operands.get(role), workspace);
    }
    run_part(part, workspace, stream);
    if (written == Role::w)
      gather_w(operands.w, workspace);
    else
      join(written, operands.get(written), workspace);
  }

 private:
  const Buffer& doubled(Role role) const { return buffers_[static_cast<std::size_t>(role)]; }

  // Real (0) or imaginary (1) channels of x or y.
  Strided<Real> half(Role role, int part, Workspace workspace) const {
    const std::int64_t channels = role == Role::x ? problem_.geometry.in_channels : problem_.geometry.out_channels;
    const Dims& strides = doubled(role).operand.strides;
    return {static_cast<Real*>(at(doubled(role), workspace)) + part * channels * strides[2], strides};
  }

  Strided<Real> block(int row, int column, Workspace workspace) const {
    const Dims& strides = doubled(Role::w).operand.strides;
    const std::int64_t offset =
        row * problem_.geometry.out_channels * strides[1] + column * problem_.geometry.in_channels * strides[2];
    return {static_cast<Real*>(at(doubled(Role::w), workspace)) + offset, strides};
  }

  void split(Role role, void* data, Workspace workspace) const {
    const Operand& operand = problem_.operand(role);
    const Real sign = sign_of<Real>(operand);
    zip(
        extents_of(problem_.geometry, role), threads(),
        [sign](Real& real, Real& imaginary, const Real& re, const Real& im) {
          real = re;
          imaginary = sign * im;
        },
        half(role, 0, workspace), half(role, 1, workspace), part_of<Real>(operand, data, 0),
        part_of<Real>(operand, data, 1));
  }

  void spread_w(void* data, Workspace workspace) const {
    const Operand& w = problem_.w;
    const Real below = sign_of<Real>(w) * (problem_.pass == Pass::Forward ? Real(1) : Real(-1));
    zip(
        extents_of(problem_.geometry, Role::w), threads(),
        [below](Real& a, Real& b, Real& c, Real& d, const Real& re, const Real& im) {
          a = d = re;
          c = below * im;
          b = -below * im;
        },
        block(0, 0, workspace), block(0, 1, workspace), block(1, 0, workspace), block(1, 1, workspace),
        part_of<Real>(w, data, 0), part_of<Real>(w, data, 1));
  }

  void gather_w(void* data, Workspace workspace) const {
    const bool accumulate = problem_.accumulate;
    zip(
        extents_of(problem_.geometry, Role::w), threads(),
        [accumulate](Real& re, Real& im, const Real& a, const Real& b, const Real& c, const Real& d) {
          re = (accumulate ? re : Real(0)) + (a - d);
          im = (accumulate ? im : Real(0)) + (b + c);
        },
        part_of<Real>(problem_.w, data, 0), part_of<Real>(problem_.w, data, 1), block(0, 0, workspace),
        block(0, 1, workspace), block(1, 0, workspace), block(1, 1, workspace));
  }

  void join(Role written, void* data, Workspace workspace) const {
    const bool accumulate = problem_.accumulate;
    zip(
        extents_of(problem_.geometry, written), threads(),
        [accumulate](Real& re, Real& im, const Real& real, const Real& imaginary) {
          re = (accumulate ? re : Real(0)) + real;
          im = (accumulate ? im : Real(0)) + imaginary;
        },
        part_of<Real>(problem_.written(), data, 0), part_of<Real>(problem_.written(), data, 1),
        half(written, 0, workspace), half(written, 1, workspace));
  }

  ConvProblem problem_;
  std::array<Buffer, 3> buffers_;  // by Role, with twice the channels
};

}  // namespace

std::shared_ptr<const Plan> rewrite_complex::channels_plan(const ConvProblem& problem, Planner& planner) {
  if (problem.x.dtype == DType::cf32) return std::make_shared<ChannelsPlan<float>>(problem, planner);
  return std::make_shared<ChannelsPlan<double>>(problem, planner);
}

}  // namespace faltung
