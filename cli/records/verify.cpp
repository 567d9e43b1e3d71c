// verify: a record was right and quick when it was made; is it still?
#include "faltung/verify.h"

#include <fmt/format.h>

#include "command.h"
#include "faltung/tune.h"
#include "records/actions.h"
#include "records/records.h"
#include "support/output.h"
#include "support/problems.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

struct Verified {
  std::string verdict;
  double seconds = 0;
  bool good = false;
};

Policy policy_of(const TuningRecord& record) {
  return {.only = record.key.only,
          .without = record.key.without,
          .effort = Effort::TunedOnly,
          .workspace_limit = record.key.workspace_limit,
          .threads = record.key.threads};
}

// In a context that knows this record and no other.
Verified verified(const TuningRecord& record, const TuningOptions& options) {
  Context context(open_context(options.choosing).device());
  context.set_tuning_access(TuningAccess::off);
  context.load_tuning_text(print_tuning(std::span(&record, 1)));
  const Policy policy = policy_of(record);
  const Selection selection = explain(record.key.problem, policy, context);
  if (!selection.chosen()) return {.verdict = selection.record_notes.empty() ? "not taken" : selection.record_notes[0]};
  const Comparison comparison = verify(record.key.problem, policy, context);
  if (!comparison.passed()) return {.verdict = print(comparison)};
  const double seconds = measure(compile(record.key.problem, policy, context)).median_seconds;
  const bool slow = seconds > options.slower * record.seconds;
  return {slow ? "right, and slower than the record" : "right", seconds, !slow};
}

bool is_of(const TuningRecord& record, const std::string& here) {
  return record.environment.empty() || record.environment == here;
}

}  // namespace

int verify_records(const TuningOptions& options) {
  const std::string here = open_context(options.choosing).tuning_environment();
  std::vector<TuningRecord> records = newest_of(records_of(options.files));
  const std::size_t foreign = std::erase_if(records, [&](const TuningRecord& one) { return !is_of(one, here); });
  Table table({"problem", "winner", ">record ms", ">now ms", ">ratio", "verdict"});
  Progress progress(records.size());
  int code = ok;
  for (const TuningRecord& record : records) {
    progress.step(print(record.key.problem));
    Verified found;
    if (!attempt(record.key.problem, &progress, [&] { found = verified(record, options); })) found.verdict = "failed";
    if (!found.good) code = failed;
    const bool timed = found.seconds > 0;
    table.row({print_problem(record.key), print_winner(record), fmt::format("{:.4f}", 1e3 * record.seconds),
               timed ? fmt::format("{:.4f}", 1e3 * found.seconds) : "-",
               timed && record.seconds > 0 ? fmt::format("{:.2f}", found.seconds / record.seconds) : "-",
               found.verdict});
  }
  progress.clear();
  table.print();
  if (foreign > 0) print_message("faltung: {} records of other environments were left out\n", foreign);
  return code;
}

}  // namespace faltung::cli
