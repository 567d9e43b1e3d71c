// What `faltung tuning` does. Each returns the exit code.
#pragma once

#include <string>
#include <vector>

#include "support/device.h"

namespace faltung::cli {

struct TuningOptions {
  std::string action;
  std::vector<std::string> files;
  std::string output, into;
  double slower = 1.5;  // than the record: a drift
  int older_than = 0;   // days
  bool foreign = false, all = false;
  EngineOptions choosing;
};

int list_records(const TuningOptions& options);
int show_records(const TuningOptions& options);
int export_records(const TuningOptions& options);  // merge too: files, or the store
int import_records(const TuningOptions& options);
int diff_records(const TuningOptions& options);
int verify_records(const TuningOptions& options);
int prune_records(const TuningOptions& options);

}  // namespace faltung::cli
