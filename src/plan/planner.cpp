#include "plan/planner.h"

#include "plan/choice.h"

namespace faltung {
Planned Planner::choose(const ConvProblem& problem) const {
  const Execution execution(Stream{device_.device}, nullptr, device_.threads);
  return Choice(*this, problem, *instruments_(problem, execution)).decide();
}

std::shared_ptr<const Plan> Planner::plan_of(const Planned& planned) {
  short_of_memory_ |= planned.short_of_memory;
  if (planned.plan) return planned.plan;
  throw Error(failure_of(planned), "no engine takes the part\n" + print(*planned.selection));
}

std::shared_ptr<const Plan> Planner::solve(const ConvProblem& part) { return plan_of(choose(canonical(part))); }

std::shared_ptr<const Plan> Planner::solve_whole(const ConvProblem& part) {
  if (whole_effort_ == Effort::Estimate) return solve(part);
  Planner outside = *this;
  outside.policy_.effort = whole_effort_;
  outside.inside_.reset();
  return plan_of(outside.choose(canonical(part)));
}

// Parts are chosen by estimate: measuring inside a measurement would grow without bound. Only the outermost composite
// may have one measured.
Planner Planner::within(std::size_t entry) const {
  Planner inner = *this;
  const Registration& registration = engines_[entry];
  if (registration.engine->kind() != Engine::Kind::composite) return inner;
  inner.inside_ = entry;
  inner.last_resort_for_parts_ = last_resort_for_parts_ || policy_.only == registration.name;
  inner.policy_.only.clear();
  inner.whole_effort_ = measures(policy_.effort) ? policy_.effort : Effort::Estimate;
  inner.policy_.effort = Effort::Estimate;
  return inner;
}

}  // namespace faltung
