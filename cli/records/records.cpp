#include "records/records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ctime>
#include <map>

#include "command.h"
#include "support/files.h"

namespace faltung::cli {
namespace {

constexpr std::size_t largest_file = std::size_t{256} << 20;

void append(std::vector<TuningEntry>& all, std::vector<TuningEntry> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<TuningRecord> records_of_file(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path, largest_file);
  try {
    return parse_tuning({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", path, error.what()));
  }
}

std::vector<TuningEntry> entries_of_store() {
  std::vector<TuningEntry> all;
  if (const std::string user = user_tuning_folder(); !user.empty()) all = list_tuning(user);
  for (const std::string& folder : machine_tuning_folders()) append(all, list_tuning(folder));
  return all;
}

std::vector<TuningRecord> records_of(const std::vector<TuningEntry>& entries) {
  std::vector<TuningRecord> records;
  for (const TuningEntry& entry : entries)
    if (entry.fault.empty()) records.push_back(entry.record);
  return records;
}

std::vector<TuningRecord> records_of(const std::vector<std::string>& files) {
  if (files.empty()) return records_of(entries_of_store());
  std::vector<TuningRecord> records;
  for (const std::string& file : files)
    for (TuningRecord& record : records_of_file(file)) records.push_back(std::move(record));
  return records;
}

std::vector<TuningRecord> newest_of(std::vector<TuningRecord> records) {
  std::map<std::pair<TuningKey, std::string>, TuningRecord> newest;
  for (TuningRecord& record : records) {
    const auto [place, is_new] = newest.try_emplace({record.key, record.environment}, record);
    if (!is_new && record.made >= place->second.made) place->second = std::move(record);
  }
  records.clear();
  for (auto& [place, record] : newest) records.push_back(std::move(record));
  return records;
}

std::string print_problem(const TuningKey& key) {
  std::string text = print(key.problem);
  if (key.threads != 0) text += fmt::format(", threads {}", key.threads);
  if (!key.only.empty()) text += fmt::format(", only {}", key.only);
  if (!key.without.empty()) text += fmt::format(", without {}", fmt::join(key.without, " "));
  if (key.workspace_limit) text += fmt::format(", workspace {}", *key.workspace_limit);
  return text;
}

std::string print_winner(const TuningRecord& record) {
  return record.variant.empty() ? record.engine : fmt::format("{}:{}", record.engine, record.variant);
}

std::string print_date(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[32];
  if (seconds == 0 || !::gmtime_r(&time, &parts) || !std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts))
    return "-";
  return text;
}

}  // namespace faltung::cli
