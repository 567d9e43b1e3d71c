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

// The reason of a last resort that waits until measuring the others has failed.
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
  Answer answer_of(std::size_t entry) const;
  std::string left_out_because(std::size_t entry) const;
  void leave_out_last_resorts();
  void leave_out_untried_composites();

  bool take_tuned();
  bool take_record(const FoundRecord& found);  // else notes why not
  std::string try_record(const FoundRecord& found);
  void take_estimated();

  void take_measured();
  void measure_engine(std::size_t i, Contest& contest);
  void measure_variant(std::size_t row, const Variant& variant, Contest& contest);
  void measure_last_resort(std::size_t asked, Contest& contest);
  void measure_further_variant(std::size_t i, const Variant& variant, Contest& contest);
  bool has_every_variant_measured(Engine::Kind kind) const;
  void keep_record();

  // The plan, or nothing and a note in the row.
  std::optional<CandidatePlan> try_plan(std::size_t i, const Variant& variant);
  bool exceeds_limit(Candidate& row) const;  // notes it in the row
  void win(CandidatePlan plan, Decision decision);
  void warn_of_last_resort();

  const Planner& planner_;
  Instruments& instruments_;
  std::shared_ptr<Selection> selection_;
  Candidates candidates_;  // of selection_
  std::shared_ptr<const Plan> plan_;
  bool short_of_memory_ = false;
  std::optional<TuningRecord> record_;  // of what was measured
};

}  // namespace faltung
