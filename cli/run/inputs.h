// The inputs of `faltung run`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/table.h"

namespace faltung::cli {

// For messages: also of standard input, and of the picture made here, whose name is empty.
std::string named_input(const std::string& input);

// Throws UsageError if more than one of the places is standard input, "-".
void check_standard_input(const std::vector<std::string>& places);

// Does the work for each. One of several that cannot be read is named on standard error and does not end the others;
// the exit code is then 1.
int for_each_input(const std::vector<std::string>& inputs, Progress& progress,
                   const std::function<void(const std::string&)>& work);

}  // namespace faltung::cli
