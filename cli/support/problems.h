// Problems named on the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "faltung/problem.h"
#include "support/table.h"

namespace faltung::cli {

// Each argument is a problem text, a file of them (PATH or @PATH) or "-" for standard input; no argument is "-" too.
// The words of one problem need no quotes. Throws UsageError, or Failure for a file that cannot be read.
std::vector<ProblemLine> problems_of(const std::vector<std::string>& arguments);

// Does something with one problem of a list. If that fails it says so, in place of the progress if there is one, and
// returns false, so that the others have their turn; a wrong call is wrong for all and goes on as an exception.
bool attempt(const ConvProblem& problem, Progress* progress, const std::function<void()>& work);

}  // namespace faltung::cli
