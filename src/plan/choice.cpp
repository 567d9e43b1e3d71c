#include "plan/choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace faltung {

Choice::Choice(const Planner& planner, const ConvProblem& problem, Instruments& instruments)
    : planner_(planner),
      instruments_(instruments),
      selection_(std::make_shared<Selection>()),
      candidates_(selection_->candidates) {
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
    if (!policy().only.empty()) selection_->decision = Decision::only;
  }
  return {std::move(plan_), std::move(selection_), short_of_memory_};
}

void Choice::ask_all() {
  for (const EngineEntry& entry : planner_.engines_) {
    const Engine* engine = entry.get ? &entry.get() : nullptr;
    Candidate asked{.engine = std::string(entry.name), .reason = refusal(entry, engine)};
    asked.accepted = asked.reason.empty();
    if (asked.accepted) asked.estimated_seconds = engine->estimate(problem(), device()).seconds(problem(), device());
    candidates_.add(std::move(asked), engine);
  }
}

std::string Choice::refusal(const EngineEntry& entry, const Engine* engine) const {
  if (!engine) return fmt::format("not built: {}", entry.missing_reason);
  if (const std::string_view reason = engine->unavailable(); !reason.empty()) return std::string(reason);
  if (!policy().only.empty() && policy().only != entry.name)
    return fmt::format("the policy allows only {}", policy().only);
  const auto& without = policy().without;
  if (std::find(without.begin(), without.end(), entry.name) != without.end()) return "the policy leaves it out";
  if (engine->kind() == Engine::Kind::composite && nests_too_late(entry))
    return "composites nest in the order of the list";
  const Verdict verdict = engine->supports(problem(), device());
  return verdict.accepted() ? "" : std::string(verdict.reason());
}

bool Choice::nests_too_late(const EngineEntry& entry) const { return planner_.inside_ && &entry <= planner_.inside_; }

// The oracle waits until nothing else accepts.
void Choice::leave_out_last_resorts() {
  if (planner_.inside_ && !planner_.oracle_for_parts_)
    candidates_.refuse_all(Engine::Kind::oracle, "not for parts of a problem");
  const bool others = candidates_.any_accepted(Engine::Kind::leaf) || candidates_.any_accepted(Engine::Kind::composite);
  if (others && policy().effort == Effort::Measure) candidates_.refuse_all(Engine::Kind::oracle, not_measured);
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
  const auto record = planner_.tuning_.find(problem());
  if (!record) return false;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (!candidates_[i].accepted || candidates_[i].engine != record->engine) continue;
    const auto variant = candidates_.engine(i).variant_named(record->variant, problem(), device());
    if (!variant) continue;
    candidates_[i].measured_seconds = record->seconds;
    if (auto made = try_plan(i, *variant)) return win(*std::move(made), Decision::tuned), true;
  }
  return false;
}

void Choice::take_estimated() {
  for (std::size_t i : candidates_.order_of_trial()) {
    const Engine& engine = candidates_.engine(i);
    const Variant first = engine.first_variant(problem(), device());
    if (take_if_it_plans(i, first)) return;
    const std::vector<Variant> all = engine.variants(problem(), device());
    const auto is_first = [&](const Variant& variant) { return variant.name == first.name; };
    if (std::none_of(all.begin(), all.end(), is_first)) continue;  // it has tried them all
    for (const Variant& variant : all)
      if (!is_first(variant) && take_if_it_plans(i, variant)) return;
  }
}

bool Choice::take_if_it_plans(std::size_t i, const Variant& variant) {
  auto made = try_plan(i, variant);
  if (made) win(*std::move(made), Decision::estimated);
  return plan_ != nullptr;
}

std::optional<CandidatePlan> Choice::try_plan(std::size_t i, const Variant& variant) {
  Candidate& row = candidates_[i];
  row.variant = variant.name;
  try {
    const Engine& engine = candidates_.engine(i);
    Planner frame = planner_.within(engine);
    auto plan = engine.plan(problem(), variant, frame);
    const Accuracy accuracy = std::max(engine.accuracy(problem()), frame.parts_accuracy_);
    row.workspace_bytes = plan->workspace_bytes();
    const auto limit = policy().workspace_limit;
    if (!limit || *row.workspace_bytes <= *limit) return CandidatePlan{i, std::move(plan), accuracy};
    row.note = fmt::format("needs a workspace of {} bytes; the limit is {}", *row.workspace_bytes, *limit);
  } catch (const std::exception& error) {
    short_of_memory_ |= note_failure(row, "planning", error);
  }
  return std::nullopt;
}

void Choice::win(CandidatePlan made, Decision decision) {
  plan_ = std::move(made.plan);
  selection_->winner = made.row;
  selection_->accuracy = made.accuracy;
  selection_->decision = decision;
}

}  // namespace faltung
