// One choice of an engine for a problem: who accepts, in what order they are tried, what came of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "plan/candidates.h"
#include "plan/contest.h"
#include "plan/planner.h"

namespace faltung {

// The reason of an oracle that waits until measuring the others has failed.
inline constexpr std::string_view not_measured = "not measured: others accept";

class Choice {
 public:
  // The instruments are used at the efforts that measure.
  Choice(const Planner& planner, const ConvProblem& problem, Instruments& instruments);
  Planned decide();

 private:
  const Policy& policy() const { return planner_.policy_; }
  const DeviceInfo& device() const { return planner_.device_; }
  const ConvProblem& problem() const { return selection_->problem; }

  void ask_all();
  std::string refusal(const EngineEntry& entry, const Engine* engine) const;
  bool nests_too_late(const EngineEntry& entry) const;
  void leave_out_last_resorts();
  void leave_out_untried_composites();

  bool take_tuned();
  void take_estimated();
  bool take_if_it_plans(std::size_t i, const Variant& variant);

  void take_measured();
  void measure_engine(std::size_t i, Contest& contest);
  void measure_variant(std::size_t row, const Variant& variant, Contest& contest);
  void measure_last_resort(std::size_t asked, Contest& contest);
  void measure_further_variant(std::size_t i, const Variant& variant, Contest& contest);
  bool has_every_variant_measured(const Engine& engine) const;
  void keep_record();

  // The plan, or nothing and a note in the row.
  std::optional<CandidatePlan> try_plan(std::size_t i, const Variant& variant);
  void win(CandidatePlan plan, Decision decision);

  const Planner& planner_;
  Instruments& instruments_;
  std::shared_ptr<Selection> selection_;
  Candidates candidates_;  // of selection_
  std::shared_ptr<const Plan> plan_;
  bool short_of_memory_ = false;
};

}  // namespace faltung
