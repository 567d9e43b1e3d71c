#include "tuning/records.h"

#include <fmt/format.h>

#include <algorithm>

namespace faltung {
namespace {

// Whether the newer record answers all that the older one does.
bool replaces(const TuningRecord& newer, const TuningRecord& older) noexcept {
  const TuningKey &a = newer.key, &b = older.key;
  return a.problem == b.problem && (a.threads == 0 || a.threads == b.threads) && a.only == b.only &&
         a.without == b.without && a.workspace_limit == b.workspace_limit &&
         (newer.environment.empty() || newer.environment == older.environment);
}

template <class Map>
void forget_replaced(Map& records, const TuningRecord& newer) noexcept {
  TuningKey first;
  first.problem = newer.key.problem;
  for (auto at = records.lower_bound({std::move(first), {}});
       at != records.end() && at->first.first.problem == newer.key.problem;)
    at = replaces(newer, at->second) ? records.erase(at) : std::next(at);
}

}  // namespace

// Those that hold here first. Records that do not say where they hold are taken everywhere.
void TuningRecords::append_of(const TuningKey& key, std::string_view environment,
                              std::vector<FoundRecord>& found) const {
  for (auto at = records_.lower_bound({key, {}}); at != records_.end() && at->first.first == key; ++at) {
    const std::string& theirs = at->first.second;
    const bool foreign = !theirs.empty() && !environment.empty() && theirs != environment;
    found.push_back({at->second, "this context",
                     foreign ? fmt::format("measured with {}", environment_difference(theirs, environment)) : ""});
  }
}

bool TuningRecords::find(const TuningKey& key, std::string_view environment, const Take& take) const {
  std::vector<FoundRecord> found;
  {
    const std::lock_guard lock(mutex_);
    append_of(key, environment, found);
    TuningKey any_threads = key;
    any_threads.threads = 0;
    if (key.threads != 0) append_of(any_threads, environment, found);
  }
  const auto holds_here = [&](const FoundRecord& one) { return one.fault.empty() && !one.record.environment.empty(); };
  std::stable_partition(found.begin(), found.end(), holds_here);
  return std::any_of(found.begin(), found.end(), take);
}

void TuningRecords::add(const TuningRecord& record) {
  Records added;
  added.emplace(Place(record.key, record.environment), record);
  merge(added);
}

std::string TuningRecords::text() const {
  std::vector<TuningRecord> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [place, record] : records_) all.push_back(record);
  }
  return print_tuning(all);
}

void TuningRecords::parse(std::string_view text) {
  Records added;
  for (TuningRecord& record : parse_tuning(text)) {
    Place place(record.key, record.environment);
    added.insert_or_assign(std::move(place), std::move(record));
  }
  merge(added);
}

// Allocates nothing: all are added, or none were read.
void TuningRecords::merge(Records& added) noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [place, record] : added) forget_replaced(records_, record);
  records_.merge(added);
}

}  // namespace faltung
