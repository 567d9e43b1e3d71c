#include "plan/planner.h"

#include <algorithm>

#include "plan/choice.h"

namespace faltung {

Planned Planner::choose(const ConvProblem& problem) const {
  return Choice(*this, problem, *instruments_(problem, device_.device)).decide();
}

std::shared_ptr<const Plan> Planner::solve(const ConvProblem& part) const { return plan_of(choose(canonical(part))); }

std::shared_ptr<const Plan> Planner::solve_whole(const ConvProblem& part) const {
  if (whole_effort_ == Effort::Estimate) return solve(part);
  Planner outside = *this;
  outside.policy_.effort = whole_effort_;
  outside.inside_ = nullptr;
  return plan_of(outside.choose(canonical(part)));
}

std::shared_ptr<const Plan> Planner::plan_of(const Planned& planned) const {
  if (!planned.plan) throw Error(ErrorCode::Unsupported, "no engine takes the part\n" + print(*planned.selection));
  parts_accuracy_ = std::max(parts_accuracy_, planned.selection->accuracy);
  return planned.plan;
}

// Parts are chosen by estimate: measuring inside a measurement would grow without bound. Only the outermost composite
// may have one measured.
Planner Planner::within(const Engine& engine) const {
  Planner inner = *this;
  inner.parts_accuracy_ = Accuracy::exact;
  if (engine.kind() != Engine::Kind::composite) return inner;
  for (const EngineEntry& entry : engines_)
    if (entry.get && &entry.get() == &engine) inner.inside_ = &entry;
  inner.oracle_for_parts_ = oracle_for_parts_ || policy_.only == engine.name();
  inner.policy_.only.clear();
  inner.whole_effort_ = measures(policy_.effort) ? policy_.effort : Effort::Estimate;
  inner.policy_.effort = Effort::Estimate;
  return inner;
}

}  // namespace faltung
