#include "plan/planner.h"

#include <algorithm>
#include <new>
#include <optional>

#include <fmt/format.h>

#include "plan/cross_check.h"
#include "plan/measure.h"

namespace faltung {

namespace {

constexpr const char* not_measured = "not measured: others accept";

bool unrestricted(const Policy& p) { return p.only.empty() && p.without.empty() && !p.workspace_limit && p.threads == 0; }

}  // namespace

// One run of the choice: who accepts, in what order they are tried, what came of it.
class Choice {
 public:
  Choice(const Planner& planner, const ConvProblem& problem) : planner_(planner), selection_(std::make_shared<Selection>()) {
    selection_->problem = problem;
    selection_->policy = planner.policy_;
    selection_->device = planner.device_.device;
    ask_all();
  }

  Planned decide() {
    const Effort effort = policy().effort;
    if (!take_tuned() && effort != Effort::TunedOnly) {
      if (effort == Effort::Estimate) take_estimated();
      else take_measured();
    }
    leave_out_untried_composites();
    if (plan_) {
      Outline outline;
      plan_->outline(outline);
      selection_->outline = outline.text();
      if (!policy().only.empty()) selection_->decision = Decision::only;
    }
    return {std::move(plan_), std::move(selection_), short_of_memory_};
  }

 private:
  struct Measured {
    std::size_t row;
    std::shared_ptr<const Plan> plan;
    Accuracy accuracy;
  };

  const Policy& policy() const { return planner_.policy_; }
  const ConvProblem& problem() const { return selection_->problem; }
  Candidate& candidate(std::size_t i) { return selection_->candidates[i]; }

  void ask_all() {
    for (const EngineEntry& entry : planner_.engines_) {
      const Engine* engine = entry.get ? &entry.get() : nullptr;
      Candidate asked{.engine = std::string(entry.name), .reason = refusal(entry, engine)};
      asked.accepted = asked.reason.empty();
      if (asked.accepted)
        asked.estimated_seconds = engine->estimate(problem(), planner_.device_).seconds(problem(), planner_.device_);
      selection_->candidates.push_back(std::move(asked));
      engines_.push_back(engine);
    }
    leave_out_last_resorts();
  }

  std::string refusal(const EngineEntry& entry, const Engine* engine) const {
    if (!engine) return fmt::format("not built: {}", entry.missing_reason);
    if (const std::string_view reason = engine->unavailable(); !reason.empty()) return std::string(reason);
    if (!policy().only.empty() && policy().only != entry.name) return fmt::format("the policy allows only {}", policy().only);
    const auto& without = policy().without;
    if (std::find(without.begin(), without.end(), entry.name) != without.end()) return "the policy leaves it out";
    const bool comes_too_late = planner_.inside_ && &entry <= planner_.inside_;
    if (engine->kind() == Engine::Kind::composite && comes_too_late) return "composites nest in the order of the list";
    const Verdict verdict = engine->supports(problem(), planner_.device_);
    return verdict.accepted() ? "" : std::string(verdict.reason());
  }

  // The oracle waits until nothing else accepts.
  void leave_out_last_resorts() {
    const bool measuring = policy().effort == Effort::Measure || policy().effort == Effort::Exhaustive;
    const bool leaf = any_accepted(Engine::Kind::leaf);
    if (planner_.inside_ && !planner_.oracle_for_parts_) refuse(Engine::Kind::oracle, "not for parts of a problem");
    const bool another = leaf || any_accepted(Engine::Kind::composite);
    if (another && measuring && policy().effort != Effort::Exhaustive) refuse(Engine::Kind::oracle, not_measured);
  }

  bool any_accepted(Engine::Kind kind) const {
    for (std::size_t i = 0; i < engines_.size(); ++i)
      if (selection_->candidates[i].accepted && engines_[i]->kind() == kind) return true;
    return false;
  }

  void refuse(Engine::Kind kind, const char* reason) {
    for (std::size_t i = 0; i < engines_.size(); ++i)
      if (candidate(i).accepted && engines_[i]->kind() == kind) candidate(i).accepted = false, candidate(i).reason = reason;
  }

  // Composites wait until no leaf accepts, or each that does has failed to plan.
  void leave_out_untried_composites() {
    const bool leaf = any_accepted(Engine::Kind::leaf);
    for (std::size_t i = 0; leaf && i < engines_.size(); ++i) {
      Candidate& row = candidate(i);
      const bool untried = row.accepted && row.note.empty() && !row.measured_seconds && selection_->winner != i;
      if (untried && engines_[i]->kind() == Engine::Kind::composite)
        row.accepted = false, row.reason = "not asked: an engine takes the problem as it is";
    }
  }

  std::shared_ptr<const Plan> try_plan(std::size_t i, const Variant& variant, Candidate& row) {
    try {
      Planner frame = planner_.within(*engines_[i]);
      auto plan = engines_[i]->plan(problem(), variant, frame);
      tried_accuracy_ = std::max(engines_[i]->accuracy(problem()), frame.parts_accuracy_);
      row.workspace_bytes = plan->workspace_bytes();
      const auto limit = policy().workspace_limit;
      if (!limit || plan->workspace_bytes() <= *limit) return plan;
      row.note = fmt::format("needs a workspace of {} bytes; the limit is {}", plan->workspace_bytes(), *limit);
    } catch (const std::bad_alloc&) {
      short_of_memory_ = true;
      row.note = "planning failed: out of memory";
    } catch (const std::exception& error) {
      note_failure(row, "planning", error);
    }
    return nullptr;
  }

  void note_failure(Candidate& row, const char* doing, const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    short_of_memory_ = short_of_memory_ || (known && known->code() == ErrorCode::OutOfMemory);
    row.note = fmt::format("{} failed: {}", doing, error.what());
  }

  void win(std::size_t i, std::shared_ptr<const Plan> plan, Decision decision) {
    plan_ = std::move(plan);
    selection_->winner = i;
    selection_->accuracy = tried_accuracy_;
    selection_->decision = decision;
  }

  bool take_tuned() {
    const auto record = planner_.tuning_.find(problem());
    if (!record) return false;
    for (std::size_t i = 0; i < engines_.size(); ++i) {
      if (!candidate(i).accepted || candidate(i).engine != record->engine) continue;
      const auto variant = engines_[i]->variant_named(record->variant, problem(), planner_.device_);
      if (!variant) continue;
      candidate(i).variant = variant->name;
      candidate(i).measured_seconds = record->seconds;
      if (auto plan = try_plan(i, *variant, candidate(i))) return win(i, std::move(plan), Decision::tuned), true;
    }
    return false;
  }

  // Leaves before composites before the oracle; among equals the least estimated time, then the order of the list.
  std::vector<std::size_t> order_of_trial() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < engines_.size(); ++i)
      if (selection_->candidates[i].accepted) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      const auto rank = [this](std::size_t i) { return std::pair(engines_[i]->kind(), *selection_->candidates[i].estimated_seconds); };
      return rank(a) < rank(b);
    });
    return order;
  }

  void take_estimated() {
    for (std::size_t i : order_of_trial()) {
      const Variant first = engines_[i]->first_variant(problem(), planner_.device_);
      if (take_if_it_plans(i, first)) return;
      const std::vector<Variant> all = engines_[i]->variants(problem(), planner_.device_);
      const auto is_first = [&](const Variant& variant) { return variant.name == first.name; };
      if (std::none_of(all.begin(), all.end(), is_first)) continue;  // it has tried them all
      for (const Variant& variant : all)
        if (!is_first(variant) && take_if_it_plans(i, variant)) return;
    }
  }

  bool take_if_it_plans(std::size_t i, const Variant& variant) {
    candidate(i).variant = variant.name;
    auto plan = try_plan(i, variant, candidate(i));
    if (plan) win(i, std::move(plan), Decision::estimated);
    return plan_ != nullptr;
  }

  void take_measured() {
    const std::size_t asked = engines_.size();
    for (std::size_t i = 0; i < asked; ++i) {
      if (!candidate(i).accepted) continue;
      const auto variants = engines_[i]->variants(problem(), planner_.device_);
      // A vendor's library has its best plan anywhere in its list.
      const bool all = policy().effort == Effort::Exhaustive || (on_gpu() && engines_[i]->kind() == Engine::Kind::leaf);
      for (std::size_t v = 0; v < (all ? variants.size() : 1); ++v) measure_variant(i, variants[v], v == 0);
    }
    if (measured_.empty()) measure_last_resort(asked);
    take_fastest();
    if (!plan_ || !unrestricted(policy()) || short_of_memory_) return;  // the best of a restricted choice is no record
    const Candidate& winner = candidate(*selection_->winner);
    planner_.tuning_.add(problem(), {winner.engine, winner.variant, *winner.measured_seconds});
  }

  // Whoever accepted has failed: a composite found no engine for its part, a library could not build what it offered.
  void measure_last_resort(std::size_t asked) {
    for (std::size_t i = 0; i < asked; ++i) {
      if (candidate(i).reason != not_measured) continue;
      candidate(i).accepted = true;
      candidate(i).reason.clear();
      measure_variant(i, engines_[i]->variants(problem(), planner_.device_).front(), true);
    }
  }

  // The first variant fills the engine's row, every further one gets a row of its own.
  void measure_variant(std::size_t i, const Variant& variant, bool first) {
    if (!first) {
      Candidate row{.engine = candidate(i).engine, .accepted = true, .estimated_seconds = candidate(i).estimated_seconds};
      selection_->candidates.push_back(std::move(row));
      engines_.push_back(engines_[i]);
      i = engines_.size() - 1;
    }
    candidate(i).variant = variant.name;
    auto plan = try_plan(i, variant, candidate(i));
    if (!plan) return;
    try {
      candidate(i).measured_seconds = time(*plan, {.seconds = on_gpu() ? 0 : thorough(), .best = least_measured()});
    } catch (const std::exception& error) {
      note_failure(candidate(i), "running", error);
      return;
    }
    measured_.push_back({i, std::move(plan), tried_accuracy_});
  }

  double time(const Plan& plan, const TimingBudget& budget) {
    if (!storage_) storage_.emplace(problem(), planner_.device_.device);
    return time_plan(plan, *storage_, planner_.device_.device, budget).median_seconds;
  }

  double seconds_of(const Measured& measured) const { return *selection_->candidates[measured.row].measured_seconds; }

  // Seconds for a plan. A GPU's times scatter little.
  double thorough() const { return on_gpu() ? 0.01 : 0.02; }

  double least_measured() const {
    double least = std::numeric_limits<double>::infinity();
    for (const Measured& other : measured_) least = std::min(least, seconds_of(other));
    return least;
  }

  // A library's GPU plans are many and close: the few that could be the fastest are timed once more, for longer.
  void time_finalists() {
    constexpr std::size_t most = 3;
    constexpr double close = 1.1;
    const double limit = close * seconds_of(measured_.front());
    for (std::size_t i = 0; i < std::min(most, measured_.size()) && seconds_of(measured_[i]) <= limit; ++i)
      time_again(measured_[i]);
  }

  void time_again(const Measured& finalist) {
    try {
      candidate(finalist.row).measured_seconds = time(*finalist.plan, {.seconds = thorough()});
    } catch (const std::exception& error) {  // its first time stands
      note_failure(candidate(finalist.row), "timing again", error);
    }
  }

  void sort_measured() {
    std::stable_sort(measured_.begin(), measured_.end(),
                     [this](const Measured& a, const Measured& b) { return seconds_of(a) < seconds_of(b); });
  }

  // On a GPU the fastest that agrees with another engine.
  void take_fastest() {
    sort_measured();
    if (on_gpu() && measured_.size() > 1) time_finalists();
    sort_measured();
    storage_.reset();
    for (Measured& fastest : measured_) {
      if (on_gpu() && is_wrong(fastest)) continue;
      tried_accuracy_ = fastest.accuracy;
      win(fastest.row, std::move(fastest.plan), Decision::measured);
      break;
    }
    measured_.clear();
  }

  bool is_wrong(const Measured& fastest) {
    const Measured* judge = judge_of(fastest);
    if (!judge) return false;
    try {
      const std::string difference = disagreement(*fastest.plan, *judge->plan, problem(), planner_.device_.device, fastest.accuracy);
      if (difference.empty()) return false;
      candidate(fastest.row).note = fmt::format("struck out: {} disagrees: {}", candidate(judge->row).engine, difference);
      return true;
    } catch (const Error& error) {
      candidate(fastest.row).note = fmt::format("not verified: {}", error.what());
      return false;
    }
  }

  // Of another engine, no transform, and not so slow that verifying costs more than measuring did: the last of the list.
  const Measured* judge_of(const Measured& fastest) const {
    constexpr double longest = 0.5;
    const Measured* judge = nullptr;
    for (const Measured& other : measured_) {
      const Candidate& row = selection_->candidates[other.row];
      const bool another = row.engine != selection_->candidates[fastest.row].engine;
      const bool fit = another && other.plan && other.accuracy != Accuracy::transformed && seconds_of(other) < longest;
      if (fit && (!judge || other.row > judge->row)) judge = &other;
    }
    return judge;
  }

  bool on_gpu() const { return planner_.device_.device.type != DeviceType::cpu; }

  const Planner& planner_;
  std::vector<Measured> measured_;
  std::optional<OperandStorage> storage_;  // what plans are timed on
  bool short_of_memory_ = false;
  std::shared_ptr<Selection> selection_;
  std::vector<const Engine*> engines_;  // of the candidate with the same index; null if not built
  std::shared_ptr<const Plan> plan_;
  Accuracy tried_accuracy_ = Accuracy::exact;  // of the plan that try_plan made last
};

Planned Planner::choose(const ConvProblem& problem) const { return Choice(*this, problem).decide(); }

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

// Parts are chosen by estimate: measuring inside a measurement would grow without bound. Only the outermost composite may
// have one measured.
Planner Planner::within(const Engine& engine) const {
  Planner inner = *this;
  inner.parts_accuracy_ = Accuracy::exact;
  if (engine.kind() != Engine::Kind::composite) return inner;
  for (const EngineEntry& entry : engines_)
    if (entry.get && &entry.get() == &engine) inner.inside_ = &entry;
  inner.oracle_for_parts_ = oracle_for_parts_ || policy_.only == engine.name();
  inner.policy_.only.clear();
  const bool measures = policy_.effort == Effort::Measure || policy_.effort == Effort::Exhaustive;
  inner.whole_effort_ = measures ? policy_.effort : Effort::Estimate;
  inner.policy_.effort = Effort::Estimate;
  return inner;
}

}  // namespace faltung
