// Tuning records: which engine won a measurement, for which problem, where. As text, and in a folder that processes and
// machines share (docs/how-to/tuning.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/problem.h"

#pragma GCC visibility push(default)
namespace faltung {

// What was chosen for: the problem, and all that a policy restricts.
struct TuningKey {
  ConvProblem problem;               // canonical
  int threads = 0;                   // of the CPU, that a plan may use; 0: a GPU, or a line that does not say
  std::string only;                  // the only engine allowed; empty: any
  std::vector<std::string> without;  // engines not allowed, sorted, each once
  std::optional<std::size_t> workspace_limit;
  auto operator<=>(const TuningKey&) const = default;
};

struct TuningRecord {
  TuningKey key;
  std::string engine, variant;  // an empty variant: the engine's only one
  double seconds = 0;           // of a run, median
  int revision = 0;             // Engine::revision() of the winner; 0: a line that does not say
  std::int64_t made = 0;        // seconds since 1970; 0: a line that does not say
  std::string environment;      // where it holds: "device=cpu name=… isa=avx512 …"; empty: a line that does not say
  bool operator==(const TuningRecord&) const = default;
};

// A line each, sorted, under the environment that they hold in, with a checksum as the last line. No records: no text.
std::string print_tuning(std::span<const TuningRecord> records);

// All records or none: throws InvalidArgument with the line. The checksum is compared if there is one.
std::vector<TuningRecord> parse_tuning(std::string_view text);

// How two environments differ: "driver=12.4, here driver=13.0"; empty if they are the same.
std::string environment_difference(std::string_view theirs, std::string_view here);

// The folders of the store: $FALTUNG_CACHE_DIR, else $XDG_CACHE_HOME/faltung, else ~/.cache/faltung (empty if there is
// none of these); and those of the machine, which are only read.
std::string user_tuning_folder();
std::vector<std::string> machine_tuning_folders();

// A file of the store.
struct TuningEntry {
  std::string path;
  TuningRecord record;
  std::string fault;  // why it is never taken: truncated, another user's, …; then there is no record. Empty: none.
};

// All of a folder. A folder that is missing has none; one that may not be trusted is an entry with a fault.
std::vector<TuningEntry> list_tuning(const std::string& folder);

// Puts a record, which says where it holds, in place of the older one. The file is whole or not there, whoever else
// writes. Returns its path. Throws Io.
std::string put_tuning(const std::string& folder, const TuningRecord& record);

}  // namespace faltung
#pragma GCC visibility pop
