// faltung run on pictures, sounds and arrays as they are: each channel filtered for itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "faltung/conv_options.h"

namespace faltung::cli {

struct FilterRun {
  std::vector<std::string> inputs;    // none: the picture that the program makes
  std::string output;                 // a folder, or a file for one result
  std::vector<std::string> filters;   // of the bank, by name; none of the three: all of it
  std::vector<double> sigmas;         // or a Gaussian
  std::string kernel;                 // or a filter from a file
  Border border = Border::replicate;  // what is beyond the edges
  std::optional<DType> dtype;         // arrays are converted first
  bool whole = false;                 // no filter is applied axis by axis
  Policy policy;
};

int run_filter(const FilterRun& run, Context& context);

}  // namespace faltung::cli
