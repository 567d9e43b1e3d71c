// Chooses an engine for a problem and has it make a plan.
#pragma once

#include <memory>
#include <optional>

#include "plan/instruments.h"
#include "plan/registry.h"
#include "tuning/records.h"

namespace faltung {

constexpr bool measures(Effort effort) noexcept { return effort == Effort::Measure || effort == Effort::Exhaustive; }

struct Planned {
  std::shared_ptr<const Plan> plan;  // null if no engine could
  std::shared_ptr<const Selection> selection;
  bool short_of_memory = false;  // something was not possible for want of memory: not to be remembered
  bool from_cache = false;
  std::optional<TuningRecord> record;  // of what was measured
};

// One frame of planning. A composite engine gets the frame it runs in and asks it to solve() its smaller problems.
// Composites nest in the order of the list only, so each appears once and no two orders of the same rewritings are
// tried. The parts of a composite are never given to a last resort (which alone would be no slower), unless the
// policy's `only` named the composite. List, device and records must outlive it.
class Planner {
 public:
  Planner(const EngineList& engines, const DeviceInfo& device, const Policy& policy, TuningSource& tuning,
          MakeInstruments instruments)
      : engines_(engines), device_(device), policy_(policy), tuning_(tuning), instruments_(instruments) {}

  const DeviceInfo& device() const noexcept { return device_; }
  const Policy& policy() const noexcept { return policy_; }

  // The whole choice for a canonical problem. Does not throw for want of an engine: the selection then has no winner.
  Planned choose(const ConvProblem& problem) const;

  // For composites: the plan of a part. Throws Unsupported with the table of reasons, or OutOfMemory with it.
  std::shared_ptr<const Plan> solve(const ConvProblem& part);
  // The same for a part that holds all of the problem's arithmetic: measured, as a problem of its own, where the
  // problem itself is.
  std::shared_ptr<const Plan> solve_whole(const ConvProblem& part);
  // For a composite on whose device no last resort takes the problem itself: one may take its part.
  void allow_last_resort_for_parts() noexcept { last_resort_for_parts_ = true; }
  // A part that was solved here lacked memory, and may have got a slower plan, or none, for it.
  bool short_of_memory() const noexcept { return short_of_memory_; }

 private:
  friend class Choice;
  // The frame in which the engine of that row of the list plans.
  Planner within(std::size_t entry) const;
  std::shared_ptr<const Plan> plan_of(const Planned& planned);

  const EngineList& engines_;
  const DeviceInfo& device_;
  Policy policy_;
  Effort whole_effort_ = Effort::Estimate;  // of a part that holds all of the arithmetic
  TuningSource& tuning_;
  MakeInstruments instruments_;
  std::optional<std::size_t> inside_;  // the composite whose parts are planned here, by its row of the list
  bool last_resort_for_parts_ = false;
  bool short_of_memory_ = false;
};

// What an error without a plan is.
inline ErrorCode failure_of(const Planned& planned) noexcept {
  return planned.short_of_memory ? ErrorCode::OutOfMemory : ErrorCode::Unsupported;
}

}  // namespace faltung
