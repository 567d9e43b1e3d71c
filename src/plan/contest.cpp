#include "plan/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "plan/candidates.h"

namespace faltung {
namespace {

constexpr double cpu_seconds = 0.02;       // for timing a plan
constexpr double finalist_seconds = 0.01;  // for timing one again; a GPU's times scatter little
constexpr std::size_t most_finalists = 3;
constexpr double close = 1.1;          // times the least time: could yet be the fastest
constexpr double slowest_judge = 0.5;  // seconds; else verifying would cost more than measuring did

}  // namespace

void Contest::enter(CandidatePlan entrant) {
  Candidate& row = rows_[entrant.row];
  try {
    const TimingBudget budget{.seconds = on_gpu_ ? 0 : cpu_seconds, .best = least_seconds()};
    row.measured_seconds = instruments_.median_seconds(*entrant.plan, budget);
  } catch (const std::exception& error) {
    short_of_memory_ |= note_failure(row, "running", error);
    return;
  }
  entrants_.push_back(std::move(entrant));
}

bool Contest::has_plan_of(std::string_view engine) const {
  return std::any_of(entrants_.begin(), entrants_.end(),
                     [&](const CandidatePlan& entrant) { return rows_[entrant.row].engine == engine; });
}

std::optional<CandidatePlan> Contest::winner() {
  sort();
  if (entrants_.size() > 1) time_finalists();
  for (CandidatePlan& fastest : entrants_) {
    if (!is_struck_out(fastest)) return std::move(fastest);
    fastest.plan = nullptr;  // what is wrong judges no other
  }
  return std::nullopt;
}

double Contest::least_seconds() const {
  double least = std::numeric_limits<double>::infinity();
  for (const CandidatePlan& entrant : entrants_) least = std::min(least, seconds_of(entrant));
  return least;
}

void Contest::sort() {
  std::stable_sort(entrants_.begin(), entrants_.end(),
                   [this](const CandidatePlan& a, const CandidatePlan& b) { return seconds_of(a) < seconds_of(b); });
}

void Contest::time_finalists() {
  const double limit = close * seconds_of(entrants_.front());
  const std::size_t most = std::min(most_finalists, entrants_.size()), expected = least_estimated();
  for (std::size_t i = 0; i < entrants_.size(); ++i)
    if ((i < most && seconds_of(entrants_[i]) <= limit) || (!on_gpu_ && i == expected)) time_again(entrants_[i]);
  sort();
}

// What would be chosen without measuring.
std::size_t Contest::least_estimated() const {
  const auto estimate = [this](const CandidatePlan& entrant) {
    return rows_[entrant.row].estimated_seconds.value_or(std::numeric_limits<double>::infinity());
  };
  const auto least = std::min_element(entrants_.begin(), entrants_.end(),
                                      [&](const auto& a, const auto& b) { return estimate(a) < estimate(b); });
  return static_cast<std::size_t>(least - entrants_.begin());
}

// A GPU's second time is the better one, of longer timing; on a CPU other processes only ever add to a time.
void Contest::time_again(const CandidatePlan& finalist) {
  Candidate& row = rows_[finalist.row];
  try {
    const double again = instruments_.median_seconds(*finalist.plan, {.seconds = finalist_seconds});
    row.measured_seconds = on_gpu_ ? again : std::min(again, *row.measured_seconds);
  } catch (const std::exception& error) {  // its first time stands
    short_of_memory_ |= note_failure(row, "timing again", error);
  }
}

bool Contest::is_struck_out(const CandidatePlan& fastest) {
  if (fastest.kind == Engine::Kind::last_resort) return false;
  const CandidatePlan* judge = judge_of(fastest);
  if (!judge) return false;
  std::string& note = rows_[fastest.row].note;
  try {
    const std::string difference = instruments_.disagreement(*fastest.plan, *judge->plan, fastest.plan->accuracy());
    if (difference.empty()) return false;
    note = fmt::format("struck out: {} disagrees: {}", rows_[judge->row].engine, difference);
    return true;
  } catch (const std::exception& error) {
    short_of_memory_ |= note_failure(rows_[fastest.row], "verifying", error);
    return false;
  }
}

// The last of the list that is no composite: those that come late are slow and simple.
const CandidatePlan* Contest::judge_of(const CandidatePlan& fastest) const {
  const auto rank = [](const CandidatePlan& one) { return std::pair(one.kind != Engine::Kind::composite, one.row); };
  const CandidatePlan* judge = nullptr;
  for (const CandidatePlan& other : entrants_)
    if (may_judge(other, fastest) && (!judge || rank(other) > rank(*judge))) judge = &other;
  return judge;
}

bool Contest::may_judge(const CandidatePlan& other, const CandidatePlan& fastest) const {
  const bool another_engine = rows_[other.row].engine != rows_[fastest.row].engine;
  return other.plan && another_engine && !other.plan->accuracy().is_transformed() && seconds_of(other) < slowest_judge;
}

}  // namespace faltung
