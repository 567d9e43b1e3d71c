// Where the results of `faltung run` go: to one file, standard output ("-"), or a folder under names made of input and
// filter.
#pragma once

#include <string>
#include <vector>

#include "media/format.h"

namespace faltung::cli {

struct Outputs {
  std::string output;                // as the user named it
  std::vector<std::string> inputs;   // empty: the picture that the program makes
  std::vector<std::string> filters;  // their names

  // Throws UsageError for what does not fit together, Failure for a folder that is not there.
  void check() const;
  // If they go to one; the folder above it must be there.
  void make_folder() const;
  bool is_file() const;      // standard output counts as one
  bool is_standard() const;  // and has no room for other text
  // Throws UsageError if the input is of a kind that is not written there.
  void check_kind(const std::string& input, Format format) const;
  // Of an input, which is empty for the picture made here; the suffix is the input's.
  std::string place(const std::string& input, const std::string& filter) const;
};

}  // namespace faltung::cli
