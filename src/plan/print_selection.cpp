#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/float_environment.h"
#include "faltung/explain.h"

namespace faltung {

std::string_view name_of(Decision decision) noexcept {
  static constexpr std::string_view names[] = {"none", "only", "tuned", "measured", "estimated"};
  return decision <= Decision::estimated ? names[static_cast<std::size_t>(decision)] : "unknown";
}

std::string_view name_of(Effort effort) noexcept {
  static constexpr std::string_view names[] = {"estimate", "measure", "exhaustive", "tuned_only"};
  return effort <= Effort::TunedOnly ? names[static_cast<std::size_t>(effort)] : "unknown";
}

namespace {

std::string milliseconds(const std::optional<double>& seconds) {
  return seconds ? fmt::format("{:.4f}", *seconds * 1e3) : "-";
}

std::string_view words_for(Decision decision) {
  switch (decision) {
    case Decision::only:
      return "the policy allows only this engine";
    case Decision::tuned:
      return "it won when the problem was tuned";
    case Decision::measured:
      return "it took the least time, measured";
    case Decision::estimated:
      return "its estimated time is the least among those that take the problem";
    case Decision::none:
      break;
  }
  return "";
}

std::string row(const Selection& selection, std::size_t i) {
  const Candidate& c = selection.candidates[i];
  const bool won = selection.winner == i;
  const std::string name = c.variant.empty() ? c.engine : fmt::format("{}:{}", c.engine, c.variant);
  const std::string remark = won && c.note.empty() ? "chosen" : c.accepted ? c.note : c.reason;
  return fmt::format("{} {:<26} {:>12} {:>12} {:>12}  {}\n", won ? '*' : ' ', name, milliseconds(c.estimated_seconds),
                     milliseconds(c.measured_seconds), c.workspace_bytes ? fmt::format("{}", *c.workspace_bytes) : "-",
                     remark);
}

// Of the engines, in the program's words. What a clock or a record decided is named, so that it is the same again.
std::string engine_options(const Selection& selection) {
  const Policy& policy = selection.policy;
  const bool decided = selection.decision == Decision::tuned || selection.decision == Decision::measured;
  const std::string engine = decided ? selection.chosen()->engine : policy.only;
  if (!engine.empty()) return " --engine " + engine;
  return policy.without.empty() ? "" : fmt::format(" --without {}", fmt::join(policy.without, ","));
}

// What a program must be told to choose as this policy did; its records are not the caller's.
std::string program_options(const Selection& selection) {
  const Policy& policy = selection.policy;
  std::string text = engine_options(selection);
  if (const Device device = selection.device; device.type != DeviceType::cpu)
    text += fmt::format(" --device {}:{}", name_of(device.type), device.index);
  if (policy.effort != Effort::Estimate && policy.effort != Effort::TunedOnly)
    text += fmt::format(" --effort {}", name_of(policy.effort));
  if (policy.measure_seconds != Policy().measure_seconds)
    text += fmt::format(" --measure-seconds {}", policy.measure_seconds);
  if (policy.workspace_limit) text += fmt::format(" --workspace-limit {}", *policy.workspace_limit);
  if (policy.threads != 0) text += fmt::format(" --threads {}", policy.threads);
  return text;
}

}  // namespace

std::string print(const Selection& selection) {
  const DefaultFloatEnvironment scope;
  const std::string problem = print(selection.problem);
  std::string text = selection.winner ? fmt::format("problem: {}\n", problem)
                                      : fmt::format("no engine can do this problem: {}\n", problem);
  text +=
      fmt::format("  {:<26} {:>12} {:>12} {:>12}  {}\n", "engine", "estimated ms", "measured ms", "workspace B", "why");
  for (std::size_t i = 0; i < selection.candidates.size(); ++i) text += row(selection, i);
  if (const Candidate* winner = selection.chosen())
    text += fmt::format("{} is taken: {}\n", winner->engine, words_for(selection.decision));
  else if (selection.policy.effort == Effort::TunedOnly)
    text += "effort tuned_only: there is no tuning record that an engine accepts\n";
  if (!selection.record.empty()) text += fmt::format("tuning record: {}\n", selection.record);
  for (const std::string& note : selection.record_notes) text += fmt::format("no tuning record: {}\n", note);
  if (!selection.warning.empty()) text += "warning: " + selection.warning + "\n";
  if (!selection.outline.empty()) text += "plan:\n" + selection.outline;
  if (selection.winner && selection.accuracy.is_transformed())
    text += fmt::format("accuracy: transformed, errors up to {:.1f} times those of sums\n", selection.accuracy.growth);
  if (selection.prepared_bytes > 0)
    text += fmt::format("prepared weights: {} B\n", selection.prepared_bytes);
  else if (selection.winner && selection.problem.constant_weights)
    text += "prepared weights: none, w is read as it is\n";
  return text + fmt::format("reproduce: faltung verify '{}'{}\n", problem, program_options(selection));
}

}  // namespace faltung
