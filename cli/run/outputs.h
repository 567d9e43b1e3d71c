// Where the results of `faltung run` go: to one file, or to a folder under names made of input and filter.
#pragma once

#include <string>
#include <vector>

namespace faltung::cli {

struct Outputs {
  std::string output;                // as the user named it
  std::vector<std::string> inputs;   // empty: the picture that the program makes
  std::vector<std::string> filters;  // their names

  // Throws UsageError for what does not fit together, Failure for a folder that is not there.
  void check() const;
  // If they go to one; the folder above it must be there.
  void make_folder() const;
  bool is_file() const;
  // Of an input, which is empty for the picture made here; the suffix is the input's.
  std::string place(const std::string& input, const std::string& filter) const;
};

}  // namespace faltung::cli
