// Problems named on the command line.
#pragma once

#include <string>
#include <vector>

#include "faltung/problem.h"

namespace faltung::cli {

// Each argument is a problem text, a file of them (PATH or @PATH) or "-" for standard input; no argument is "-" too.
// The words of one problem need no quotes. Throws UsageError, or Failure for a file that cannot be read.
std::vector<ProblemLine> problems_of(const std::vector<std::string>& arguments);

}  // namespace faltung::cli
