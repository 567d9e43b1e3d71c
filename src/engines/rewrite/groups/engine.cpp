// A grouped problem as one problem for each group.
#include <array>

#include "base/never_destroyed.h"
#include "compose/composite_plan.h"

namespace faltung {
namespace {

constexpr Role roles[] = {Role::x, Role::w, Role::y};

std::int64_t group_bytes(const ConvProblem& problem, Role role) {
  const Operand& operand = problem.operand(role);
  return operand.strides[role == Role::w ? 0 : 1] * static_cast<std::int64_t>(size_of(operand.dtype));
}

class GroupsPlan final : public CompositePlan {
 public:
  GroupsPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.groups: one at a time", planner), groups_(problem.geometry.groups) {
    ConvProblem part = problem;
    part.geometry.groups = 1;
    for (const Role role : roles) {
      steps_[static_cast<std::size_t>(role)] = group_bytes(problem, role);
      part.operand(role).alignment = alignment_after(problem.operand(role).alignment, group_bytes(problem, role));
    }
    const Role written = written_role(problem.pass);
    const std::int64_t channels = written == Role::x ? problem.geometry.in_channels : problem.geometry.out_channels;
    z_step_ = group_bytes(problem, written);
    bias_step_ = channels * static_cast<std::int64_t>(size_of(problem.written().dtype));
    solve(planner, part, groups_);
    prepared_step_ = whole_lines(static_cast<std::int64_t>(CompositePlan::prepared_bytes()));
    prepared_bytes_ = counted(Checked(static_cast<std::int64_t>(prepared_step_)) * groups_);
  }

  std::size_t prepared_bytes() const override { return prepared_bytes_; }
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    for (std::int64_t group = 0; group < groups_; ++group)
      CompositePlan::prepare(shifted(w, group * steps_[1]), prepared + group_offset(group), execution);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    for (std::int64_t group = 0; group < groups_; ++group) {
      Operands part = operands;
      if (operands.prepared) part.prepared = operands.prepared + group_offset(group);
      part.x = shifted(operands.x, group * steps_[0]);
      part.w = shifted(operands.w, group * steps_[1]);
      part.y = shifted(operands.y, group * steps_[2]);
      part.bias = shifted(operands.bias, group * bias_step_);
      part.z = shifted(operands.z, group * z_step_);
      run_part(part, workspace, execution);
    }
  }

 private:
  static void* shifted(void* pointer, std::int64_t bytes) { return static_cast<std::byte*>(pointer) + bytes; }
  static const void* shifted(const void* pointer, std::int64_t bytes) {
    return pointer ? static_cast<const std::byte*>(pointer) + bytes : nullptr;
  }

  std::size_t group_offset(std::int64_t group) const { return static_cast<std::size_t>(group) * prepared_step_; }

  std::int64_t groups_;
  std::array<std::int64_t, 3> steps_{};  // bytes between groups, by Role
  std::int64_t z_step_ = 0, bias_step_ = 0;
  std::size_t prepared_step_ = 0, prepared_bytes_ = 0;  // of one group, of all
};

class Groups final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.groups"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Verdict verdict = Verdict().need(problem.geometry.groups > 1, "there is only one group");
    if (!verdict) return verdict;
    return one_way({.seconds = seconds(problem, device)},
                   [&problem](Planner& planner) { return std::make_shared<GroupsPlan>(problem, planner); });
  }

 private:
  static double seconds(const ConvProblem& problem, const DeviceInfo& device) {
    ConvProblem one = problem;
    one.geometry.groups = 1;
    return static_cast<double>(problem.geometry.groups) * composite_seconds(one, device, 0);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_groups() {
  static const NeverDestroyed<Groups> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
