#include "run/inputs.h"

#include <algorithm>

#include "command.h"
#include "support/output.h"

namespace faltung::cli {

std::string named_input(const std::string& input) {
  return input.empty() ? "a picture made here" : input == "-" ? "standard input" : input;
}

void check_standard_input(const std::vector<std::string>& places) {
  if (std::count(places.begin(), places.end(), "-") > 1)
    throw UsageError("standard input holds one array or picture; - can stand for one of them only");
}

int for_each_input(const std::vector<std::string>& inputs, Progress& progress,
                   const std::function<void(const std::string&)>& work) {
  int code = ok;
  for (const std::string& input : inputs) {
    try {
      work(input);
    } catch (const Failure& failure) {
      if (inputs.size() == 1) throw;
      progress.clear();
      print_message("faltung: {}\n", failure.what());
      code = failed;
    }
  }
  return code;
}

}  // namespace faltung::cli
