// One real problem with twice the channels: real and imaginary parts of x and y are channels of their own, and w
// becomes
//     y_re     w_re  −w_im     x_re
//          =                ·
//     y_im     w_im   w_re     x_im
// for Forward. Sums for the data gradient run over the rows instead and must not conjugate w: the signs change sides.
// For the weight gradient the four blocks come out and are added up.
#include <array>

#include "compose/combine.h"
#include "compose/composite_plan.h"
#include "engines/rewrite/complex/parts.h"
#include "engines/rewrite/complex/plans.h"

namespace faltung {
namespace {

using namespace rewrite_complex;

class ChannelsPlan final : public CompositePlan {
 public:
  ChannelsPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.complex: one real problem of twice the channels", planner), problem_(problem) {
    ConvProblem part = real_form(problem);
    part.geometry.in_channels *= 2;
    part.geometry.out_channels *= 2;
    for (const Role role : {Role::x, Role::w, Role::y}) {
      buffers_[static_cast<std::size_t>(role)] = buffer(part.geometry, role, real_of(problem.x.dtype));
      part.operand(role) = doubled(role).operand;
    }
    solve(planner, part);
  }

  // The parts of w are put together in every run.
  std::size_t prepared_bytes() const override { return 0; }
  void prepare(const void*, std::byte*, const Execution&) const override {}

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const Role written = written_role(problem_.pass);
    Operands part;
    for (const Role role : {Role::x, Role::w, Role::y}) {
      set_operand(part, role, at(doubled(role), workspace));
      if (role == Role::w && role != written) spread_w(operands.w, workspace, execution);
      if (role != Role::w && role != written) split(role, operands.get(role), workspace, execution);
    }
    run_part(part, workspace, execution);
    if (written == Role::w)
      gather_w(operands.w, workspace, execution);
    else
      join(written, operands.get(written), workspace, execution);
  }

 private:
  const Buffer& doubled(Role role) const { return buffers_[static_cast<std::size_t>(role)]; }

  // Real (0) or imaginary (1) channels of x or y: the second half of the axis of a group's channels.
  TensorView half(Role role, int part, Workspace workspace) const {
    const std::int64_t channels = role == Role::x ? problem_.geometry.in_channels : problem_.geometry.out_channels;
    return view(doubled(role), workspace).narrow(2, part * channels, channels);
  }

  TensorView block(int row, int column, Workspace workspace) const {
    const std::int64_t k = problem_.geometry.out_channels, c = problem_.geometry.in_channels;
    return view(doubled(Role::w), workspace).narrow(1, row * k, k).narrow(2, column * c, c);
  }

  TensorView part(Role role, void* data, int which) const {
    return part_of(problem_.geometry, role, problem_.operand(role), data, which);
  }

  void split(Role role, void* data, Workspace workspace, const Execution& execution) const {
    combine(half(role, 0, workspace), {{1, part(role, data, 0)}}, execution);
    combine(half(role, 1, workspace), {{sign_of(problem_.operand(role)), part(role, data, 1)}}, execution);
  }

  void spread_w(void* data, Workspace workspace, const Execution& execution) const {
    const double below = sign_of(problem_.w) * (problem_.pass == Pass::Forward ? 1 : -1);
    const TensorView re = part(Role::w, data, 0), im = part(Role::w, data, 1);
    combine(block(0, 0, workspace), {{1, re}}, execution);
    combine(block(1, 1, workspace), {{1, re}}, execution);
    combine(block(1, 0, workspace), {{below, im}}, execution);
    combine(block(0, 1, workspace), {{-below, im}}, execution);
  }

  void gather_w(void* data, Workspace workspace, const Execution& execution) const {
    add_up(part(Role::w, data, 0), {1, block(0, 0, workspace)}, {-1, block(1, 1, workspace)}, execution);
    add_up(part(Role::w, data, 1), {1, block(0, 1, workspace)}, {1, block(1, 0, workspace)}, execution);
  }

  void add_up(const TensorView& out, const SignedTensor& a, const SignedTensor& b, const Execution& execution) const {
    if (problem_.accumulate)
      combine(out, {a, b, {1, out}}, execution);
    else
      combine(out, {a, b}, execution);
  }

  void join(Role written, void* data, Workspace workspace, const Execution& execution) const {
    for (const int which : {0, 1}) {
      const TensorView out = part(written, data, which);
      const SignedTensor sum{1, half(written, which, workspace)};
      if (problem_.accumulate)
        combine(out, {sum, {1, out}}, execution);
      else
        combine(out, {sum}, execution);
    }
  }

  ConvProblem problem_;
  std::array<Buffer, 3> buffers_;  // by Role, with twice the channels
};

}  // namespace

std::shared_ptr<Plan> rewrite_complex::channels_plan(const ConvProblem& problem, Planner& planner) {
  return std::make_shared<ChannelsPlan>(problem, planner);
}

}  // namespace faltung
