// The problems that a command works through, modified by its options.
#pragma once

#include <string>
#include <vector>

#include "faltung/problem.h"
#include "support/command_line.h"

namespace faltung::cli {

struct WorkOptions {
  std::vector<std::string> problems;  // files, texts, or "-"
  std::vector<std::string> passes;    // "fwd", "dgrad", "wgrad"; none: each problem's own
  std::string dtype, layout;          // empty: as the problem says
  std::int64_t batch = 0;             // 0: as the problem says
  bool constant_weights = false;      // false: as the problem says
  std::string transforms;             // "off", "large"; else as the problem says
};
void add_work_options(App& app, WorkOptions& options);

struct Work {
  ConvProblem problem;
  std::int64_t count = 1;  // how often the layer occurs
};

// A problem that cannot be changed so: a weight gradient that would write to conjugated weights.
struct Impossible {
  ConvProblem problem;
  Pass pass;
  std::string reason;
};

// The problems, changed as asked, in every pass; equal ones once.
struct WorkList {
  std::vector<Work> work;
  std::vector<Impossible> impossible;
};
WorkList work_of(const WorkOptions& options);

void print_messages(const std::vector<Impossible>& impossible);

}  // namespace faltung::cli
