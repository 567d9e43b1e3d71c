// The part of a choice that measures.
#include <fmt/format.h>

#include <chrono>

#include "plan/choice.h"
#include "plan/tuning_key.h"

namespace faltung {
namespace {

// Seconds since 1970; a clock that was never set says nothing.
std::int64_t now() {
  using std::chrono::system_clock, std::chrono::seconds;
  return std::max<std::int64_t>(0, std::chrono::floor<seconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

void Choice::take_measured() {
  Contest contest(candidates_.rows(), device().device, instruments_);
  const std::size_t asked = candidates_.size();  // further variants add rows
  for (std::size_t i = 0; i < asked; ++i)
    if (candidates_[i].accepted) measure_engine(i, contest);
  if (contest.empty()) measure_last_resort(asked, contest);
  auto fastest = contest.winner();
  short_of_memory_ |= contest.short_of_memory();
  if (!fastest) return;
  win(*std::move(fastest), Decision::measured);
  keep_record();
}

// The first variant fills the engine's row, every further one gets a row of its own.
void Choice::measure_engine(std::size_t i, Contest& contest) {
  const auto variants = candidates_.offer(i).variants();
  measure_variant(i, variants.front(), contest);
  if (!has_every_variant_measured(candidates_.kind(i))) return;
  for (std::size_t v = 1; v < variants.size(); ++v) measure_further_variant(i, variants[v], contest);
}

// A library may compile each of its variants, a second at a time: nobody waits for all of them.
void Choice::measure_further_variant(std::size_t i, const Variant& variant, Contest& contest) {
  const std::size_t row = candidates_.add_variant_of(i, variant);
  const bool bounded = policy().effort == Effort::Measure;
  const bool out_of_time = bounded && contest.seconds_since_begun() >= policy().measure_seconds;
  if (!out_of_time || !contest.has_plan_of(candidates_[i].engine)) return measure_variant(row, variant, contest);
  candidates_[row].note = fmt::format("not measured: the limit of {:g} s was reached", policy().measure_seconds);
}

// A vendor's library has its best plan anywhere in its list.
bool Choice::has_every_variant_measured(Engine::Kind kind) const {
  const bool on_gpu = device().device.type != DeviceType::cpu;
  return policy().effort == Effort::Exhaustive || (on_gpu && kind == Engine::Kind::leaf);
}

void Choice::measure_variant(std::size_t row, const Variant& variant, Contest& contest) {
  if (auto made = try_plan(row, variant)) contest.enter(*std::move(made));
}

// Whoever accepted has failed: a composite found no engine for its part, a library could not build what it offered.
void Choice::measure_last_resort(std::size_t asked, Contest& contest) {
  for (std::size_t i = 0; i < asked; ++i) {
    if (candidates_[i].reason != not_measured) continue;
    candidates_[i].accepted = true;
    candidates_[i].reason.clear();
    measure_variant(i, candidates_.offer(i).variants().front(), contest);
  }
}

// The best of a restricted choice is that of its restrictions: they are in the key.
void Choice::keep_record() {
  if (short_of_memory_) return;
  const std::size_t row = *selection_->winner;
  record_ = TuningRecord{.key = tuning_key(problem(), policy(), device()),
                         .engine = candidates_[row].engine,
                         .variant = candidates_[row].variant,
                         .seconds = *candidates_[row].measured_seconds,
                         .revision = candidates_.registration(row).engine->revision(),
                         .made = now()};
  selection_->record = "this context";
  planner_.tuning_.add(*record_);
}

}  // namespace faltung
