#include "engines/rewrite/split/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compose/composite_plan.h"

namespace faltung::rewrite_split {
namespace {

class SplitPlan final : public Plan {
 public:
  SplitPlan(const ConvProblem& problem, const BlockSize& size, Planner& planner) : problem_(problem) {
    double seconds = 0;
    Accuracy accuracy = Accuracy::exact;
    std::map<ConvProblem, std::size_t> planned;
    for (const Block& block : blocks_of(problem, size)) {
      const auto [place, is_new] = planned.try_emplace(canonical(block.problem), plans_.size());
      if (is_new) plans_.push_back(planner.solve(place->first));
      blocks_.push_back({block.x, block.y, place->second});
      const Plan& plan = *plans_[place->second];
      seconds += plan.seconds();
      accuracy = std::max(accuracy, plan.accuracy());
      workspace_ = std::max(workspace_, plan.workspace_bytes());
    }
    promise(accuracy, seconds);
  }

  std::size_t workspace_bytes() const override { return workspace_; }
  bool is_usable() const noexcept override {
    return std::all_of(plans_.begin(), plans_.end(), [](const auto& plan) { return plan->is_usable(); });
  }
  std::size_t footprint_bytes() const override {
    std::size_t bytes = sizeof(*this) + blocks_.size() * sizeof(blocks_[0]);
    for (const auto& plan : plans_) bytes += plan->footprint_bytes();
    return bytes;
  }
  void outline(Outline& outline) const override {
    outline.line(fmt::format("rewrite.split: {} blocks", blocks_.size()));
    for (const auto& plan : plans_) outline.child(*plan);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    for (const Place& block : blocks_) {
      const Plan& plan = *plans_[block.plan];
      Operands part = operands;
      part.x = shifted(operands.x, block.x, Role::x), part.y = shifted(operands.y, block.y, Role::y);
      if (operands.z) part.z = shifted(const_cast<void*>(operands.z), z_elements(block), written_role(problem_.pass));
      plan.run(part, workspace.first(plan.workspace_bytes()), execution);
    }
  }

 private:
  struct Place {
    std::int64_t x, y;  // elements
    std::size_t plan;
  };

  std::int64_t z_elements(const Place& block) const {
    const Role written = written_role(problem_.pass);
    return written == Role::x ? block.x : written == Role::y ? block.y : 0;
  }
  void* shifted(void* pointer, std::int64_t elements, Role role) const {
    return static_cast<std::byte*>(pointer) +
           elements * static_cast<std::int64_t>(size_of(problem_.operand(role).dtype));
  }

  ConvProblem problem_;
  std::vector<std::shared_ptr<const Plan>> plans_;  // of blocks that differ
  std::vector<Place> blocks_;
  std::size_t workspace_ = 0;
};

}  // namespace

std::shared_ptr<Plan> split_plan(const ConvProblem& problem, const BlockSize& size, Planner& planner) {
  return std::make_shared<SplitPlan>(problem, size, planner);
}

}  // namespace faltung::rewrite_split
