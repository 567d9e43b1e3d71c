// Records that the command works on: of files, or of the store.
#pragma once

#include <string>
#include <vector>

#include "faltung/tuning.h"

namespace faltung::cli {

// A file of records, or (store: true) one of the store. Throws UsageError or Failure.
std::vector<TuningRecord> records_of_file(const std::string& path);
// Of the user's folder, then of the machine's; a fault is an entry too.
std::vector<TuningEntry> entries_of_store();
// The valid ones.
std::vector<TuningRecord> records_of(const std::vector<TuningEntry>& entries);
// Of these files, or of the store if there are none.
std::vector<TuningRecord> records_of(const std::vector<std::string>& files);

// One of each key and environment: the newest, of equals the last.
std::vector<TuningRecord> newest_of(std::vector<TuningRecord> records);

std::string print_problem(const TuningKey& key);  // with what it is restricted by
std::string print_winner(const TuningRecord& record);
std::string print_date(std::int64_t seconds);  // "2026-11-30 14:00"; "-" if it is unknown

}  // namespace faltung::cli
