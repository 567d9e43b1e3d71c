#include "plan/choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/trials.h"
#include "plan/tuning_key.h"

namespace faltung {
namespace {

// A plan whose engine stays as long as it does: an engine may be taken out of the list meanwhile.
std::shared_ptr<const Plan> keeping_alive(std::shared_ptr<const Plan> plan, std::shared_ptr<const Engine> engine) {
  const Plan* const address = plan.get();
  using Both = std::pair<std::shared_ptr<const Engine>, std::shared_ptr<const Plan>>;  // destroyed last to first
  return {std::make_shared<const Both>(std::move(engine), std::move(plan)), address};
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Choice::Choice(const Planner& planner, const ConvProblem& problem, Instruments& instruments)
    : planner_(planner),
      instruments_(instruments),
      selection_(std::make_shared<Selection>()),
      candidates_(planner.engines_, selection_->candidates) {
  selection_->problem = problem;
  selection_->policy = policy();
  selection_->device = device().device;
  ask_all();
  leave_out_last_resorts();
}

Planned Choice::decide() {
  const Effort effort = policy().effort;
  if (!take_tuned() && effort != Effort::TunedOnly) {
    if (measures(effort))
      take_measured();
    else
      take_estimated();
  }
  leave_out_untried_composites();
  if (plan_) {
    Outline outline;
    plan_->outline(outline);
    selection_->outline = outline.text();
    warn_of_last_resort();
    selection_->prepared_bytes = plan_->prepared_bytes();
    if (!policy().only.empty()) selection_->decision = Decision::only;
  }
  return {std::move(plan_), std::move(selection_), short_of_memory_, false, std::move(record_)};
}

void Choice::ask_all() {
  for (std::size_t entry = 0; entry < planner_.engines_.size(); ++entry) candidates_.add(entry, answer_of(entry));
}

Answer Choice::answer_of(std::size_t entry) const {
  if (std::string reason = left_out_because(entry); !reason.empty()) return Answer::refused(std::move(reason));
  return ask(planner_.engines_[entry], problem(), device());
}

std::string Choice::left_out_because(std::size_t entry) const {
  const Registration& registration = planner_.engines_[entry];
  if (!policy().only.empty() && policy().only != registration.name)
    return fmt::format("the policy allows only {}", policy().only);
  if (contains(policy().without, registration.name)) return "the policy leaves it out";
  const bool composite = registration.engine && registration.engine->kind() == Engine::Kind::composite;
  if (composite && planner_.inside_ && entry <= *planner_.inside_) return "composites nest in the order of the list";
  return {};
}

// A last resort waits until nothing else accepts.
void Choice::leave_out_last_resorts() {
  if (planner_.inside_ && !planner_.last_resort_for_parts_)
    candidates_.refuse_all(Engine::Kind::last_resort, "not for parts of a problem");
  const bool others = candidates_.any_accepted(Engine::Kind::leaf) || candidates_.any_accepted(Engine::Kind::composite);
  if (others && policy().effort == Effort::Measure) candidates_.refuse_all(Engine::Kind::last_resort, not_measured);
}

// Composites wait until no leaf accepts, or each that does has failed to plan.
void Choice::leave_out_untried_composites() {
  if (!candidates_.any_accepted(Engine::Kind::leaf)) return;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& row = candidates_[i];
    const bool untried = row.note.empty() && !row.measured_seconds && selection_->winner != i;
    if (untried && candidates_.is_accepted(i, Engine::Kind::composite))
      candidates_.refuse(i, "not asked: an engine takes the problem as it is");
  }
}

bool Choice::take_tuned() {
  const TuningKey key = tuning_key(problem(), policy(), device()), free = unrestricted(key);
  const auto take = [this](const FoundRecord& found) { return take_record(found); };
  return planner_.tuning_.find(key, take) || (free != key && planner_.tuning_.find(free, take));
}

bool Choice::take_record(const FoundRecord& found) {
  std::string fault = found.fault.empty() ? record_fault(found.record, planner_.engines_) : found.fault;
  if (fault.empty()) fault = try_record(found);
  if (fault.empty()) return true;
  selection_->record_notes.push_back(fmt::format("{}: {}", found.where, fault));
  return false;
}

// Why there is no plan of it; empty if it won.
std::string Choice::try_record(const FoundRecord& found) {
  const TuningRecord& record = found.record;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (candidates_[i].engine != record.engine) continue;
    if (!candidates_[i].accepted) return fmt::format("{} is not taken: {}", record.engine, candidates_[i].reason);
    const auto variant = candidates_.offer(i).named(record.variant);
    if (!variant) return fmt::format("{} has no variant '{}'", record.engine, record.variant);
    candidates_[i].measured_seconds = record.seconds;
    auto made = try_plan(i, *variant);
    if (!made) return fmt::format("{} {}", record.engine, candidates_[i].note);
    selection_->record = found.where;
    win(*std::move(made), Decision::tuned);
    return {};
  }
  return fmt::format("there is no engine {}", record.engine);
}

void Choice::take_estimated() {
  Trials trials(candidates_);
  while (const auto trial = trials.next()) {
    if (auto made = try_plan(trial->row, trial->variant)) return win(*std::move(made), Decision::estimated);
    trials.add_further_variants(*trial);
  }
}

std::optional<CandidatePlan> Choice::try_plan(std::size_t i, const Variant& variant) {
  Candidate& row = candidates_[i];
  row.variant = variant.name;
  row.workspace_bytes = variant.workspace_bytes;
  if (exceeds_limit(row)) return std::nullopt;
  Planner frame = planner_.within(candidates_.entry(i));
  std::optional<CandidatePlan> made;
  try {
    const std::shared_ptr<Plan> plan = candidates_.offer(i).plan(variant, frame);
    if (candidates_.kind(i) != Engine::Kind::composite) plan->promise(variant.accuracy, variant.seconds);
    row.estimated_seconds = plan->seconds();
    row.workspace_bytes = plan->workspace_bytes();
    if (!exceeds_limit(row)) made = {i, keeping_alive(plan, candidates_.registration(i).engine), candidates_.kind(i)};
  } catch (const std::exception& error) {
    short_of_memory_ |= note_failure(row, "planning", error);
  }
  short_of_memory_ |= frame.short_of_memory();
  return made;
}

bool Choice::exceeds_limit(Candidate& row) const {
  const auto limit = policy().workspace_limit;
  if (!limit || row.workspace_bytes.value_or(0) <= *limit) return false;
  row.note = fmt::format("needs a workspace of {} bytes; the limit is {}", *row.workspace_bytes, *limit);
  return true;
}

void Choice::win(CandidatePlan made, Decision decision) {
  plan_ = std::move(made.plan);
  selection_->winner = made.row;
  selection_->accuracy = plan_->accuracy();
  selection_->decision = decision;
}

void Choice::warn_of_last_resort() {
  if (candidates_.kind(*selection_->winner) != Engine::Kind::last_resort || !policy().only.empty()) return;
  selection_->warning = fmt::format("{} is a last resort and slow", selection_->chosen()->engine);
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (candidates_[i].accepted && !candidates_[i].note.empty() && candidates_.kind(i) == Engine::Kind::leaf)
      return void(selection_->warning += fmt::format(": {} {}", candidates_[i].engine, candidates_[i].note));
  selection_->warning += ": no other engine takes the problem";
}

}  // namespace faltung
