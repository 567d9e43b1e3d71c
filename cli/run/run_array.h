// faltung run on arrays: a convolution from files to files.
#pragma once

#include <string>
#include <vector>

#include "faltung/conv_options.h"

namespace faltung::cli {

struct ArrayRun {
  std::string op;  // conv1d … conv_transpose3d
  std::vector<std::string> inputs;
  std::string weight, bias, output;  // files; no bias: empty; a folder for several inputs
  ConvOptions options;
  std::optional<DType> dtype;  // operands are converted first
  bool whole = false;          // the weight is not applied axis by axis
};

int run_array(const ArrayRun& run, Context& context);

}  // namespace faltung::cli
