// Plans of one problem measured against each other.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "faltung/engine.h"
#include "faltung/explain.h"
#include "plan/instruments.h"

namespace faltung {

// The plan that a candidate made.
struct CandidatePlan {
  std::size_t row;  // of the candidate in its selection
  std::shared_ptr<const Plan> plan;
  Engine::Kind kind = Engine::Kind::leaf;
};

// Writes the times, and what went wrong, into the candidates' rows.
//
// A vendor library's GPU plans are many, close, and now and then wrong. On a GPU therefore every plan is timed shortly,
// and the few that could be the fastest once more for longer. On a CPU, which other processes use too, the few are
// timed again as well, and with them the one that would be chosen without measuring: it shall not lose by a bad moment.
// On every device the fastest is compared with another engine's: what becomes a record is used for long. A last resort
// is not: it is the definition, or as simple. Composites judge last, since their parts may be what is judged.
class Contest {
 public:
  Contest(std::vector<Candidate>& rows, Device device, Instruments& instruments)
      : rows_(rows), on_gpu_(device.type != DeviceType::cpu), instruments_(instruments), begun_(instruments.now()) {}

  // Times the plan. One that fails is noted and takes no part.
  void enter(CandidatePlan entrant);
  bool empty() const noexcept { return entrants_.empty(); }
  bool has_plan_of(std::string_view engine) const;
  double seconds_since_begun() const { return instruments_.now() - begun_; }  // making the plans included

  // Nothing if no plan ran, or all were struck out. Ends the contest.
  std::optional<CandidatePlan> winner();
  // A plan failed for want of memory.
  bool short_of_memory() const noexcept { return short_of_memory_; }

 private:
  double seconds_of(const CandidatePlan& entrant) const { return *rows_[entrant.row].measured_seconds; }
  double least_seconds() const;
  void sort();
  void time_finalists();
  std::size_t least_estimated() const;  // its place among the entrants
  void time_again(const CandidatePlan& finalist);
  bool is_struck_out(const CandidatePlan& fastest);
  const CandidatePlan* judge_of(const CandidatePlan& fastest) const;
  bool may_judge(const CandidatePlan& other, const CandidatePlan& fastest) const;

  std::vector<Candidate>& rows_;
  bool on_gpu_;
  Instruments& instruments_;
  double begun_;
  std::vector<CandidatePlan> entrants_;
  bool short_of_memory_ = false;
};

}  // namespace faltung
