// What was measured before: the winner of each problem on this device.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "faltung/problem.h"

namespace faltung {

struct TuningRecord {
  std::string engine;
  std::string variant;
  double seconds = 0;  // median
};

// Shared by all threads. As text, a line each: `seconds engine variant-or-dash problem`, sorted by problem.
class TuningRecords {
 public:
  std::optional<TuningRecord> find(const ConvProblem& problem) const;
  void add(const ConvProblem& problem, TuningRecord record);  // a newer record replaces the older
  std::string text() const;
  // All lines or none: throws InvalidArgument with the line number, having added nothing.
  void parse(std::string_view text);

 private:
  mutable std::mutex mutex_;
  std::map<ConvProblem, TuningRecord> records_;
};

}  // namespace faltung
