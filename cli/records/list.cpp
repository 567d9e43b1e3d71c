// list, show, diff: reading only.
#include <fmt/format.h>

#include <map>
#include <span>

#include "command.h"
#include "records/actions.h"
#include "records/records.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

// Whether it is taken on that device: a record that does not say where it holds is taken anywhere.
std::string holds(const TuningRecord& record, const std::string& here) {
  if (record.environment.empty()) return "yes";
  const std::string difference = environment_difference(record.environment, here);
  return difference.empty() ? "yes" : "no: " + difference;
}

void add_row(Table& table, const TuningRecord& record, const std::string& here) {
  table.row({print_problem(record.key), print_winner(record), fmt::format("{:.4f}", 1e3 * record.seconds),
             record.revision == 0 ? "-" : fmt::to_string(record.revision), print_date(record.made),
             holds(record, here)});
}

std::vector<TuningEntry> entries_of(const std::vector<std::string>& files) {
  if (files.empty()) return entries_of_store();
  std::vector<TuningEntry> entries;
  for (const std::string& file : files)
    for (TuningRecord& record : records_of_file(file)) entries.push_back({file, std::move(record), {}});
  return entries;
}

using Winners = std::map<std::pair<TuningKey, std::string>, TuningRecord>;

Winners winners_of(std::vector<TuningRecord> records) {
  Winners winners;
  for (TuningRecord& record : newest_of(std::move(records))) {
    std::pair<TuningKey, std::string> place(record.key, record.environment);
    winners.emplace(std::move(place), std::move(record));
  }
  return winners;
}

// A row for each that the other has not, or has with another winner.
std::size_t add_differences(Table& table, const Winners& these, const Winners& those, bool both) {
  std::size_t count = 0;
  for (const auto& [place, record] : these) {
    const auto other = those.find(place);
    const bool missing = other == those.end();
    if (!missing && (!both || print_winner(other->second) == print_winner(record))) continue;
    const std::string here = print_winner(record), there = missing ? "-" : print_winner(other->second);
    table.row({print_problem(record.key), both ? here : there, both ? there : here, record.environment});
    ++count;
  }
  return count;
}

}  // namespace

int list_records(const TuningOptions& options) {
  const std::string here = open_context(options.choosing).tuning_environment();
  Table table({"problem", "winner", ">ms", ">revision", "made", "taken here"});
  for (const TuningEntry& entry : entries_of(options.files))
    entry.fault.empty() ? add_row(table, entry.record, here) : table.row({entry.path, "", "", "", "", entry.fault});
  table.print();
  return ok;
}

int show_records(const TuningOptions& options) {
  print_result("here: environment {}\n", open_context(options.choosing).tuning_environment());
  for (const TuningEntry& entry : entries_of(options.files)) {
    print_result("\n{}\n", printable_name(entry.path));
    print_result("{}", entry.fault.empty() ? print_tuning(std::span(&entry.record, 1)) : entry.fault + "\n");
  }
  return ok;
}

int diff_records(const TuningOptions& options) {
  if (options.files.empty() || options.files.size() > 2) throw UsageError("tuning diff takes one file or two");
  const Winners first = winners_of(records_of_file(options.files.front()));
  const Winners second =
      winners_of(options.files.size() == 2 ? records_of_file(options.files[1]) : records_of(entries_of_store()));
  Table table(
      {"problem", options.files.front(), options.files.size() == 2 ? options.files[1] : "the store", "environment"});
  const std::size_t count = add_differences(table, first, second, true) + add_differences(table, second, first, false);
  if (count > 0) table.print();
  return count > 0 ? failed : ok;
}

}  // namespace faltung::cli
