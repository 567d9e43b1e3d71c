// faltung run on arrays: one convolution from files to a file.
#pragma once

#include <string>

#include "faltung/conv_options.h"

namespace faltung::cli {

struct ArrayRun {
  std::string op;                           // conv1d … conv_transpose3d
  std::string input, weight, bias, output;  // files; no bias: empty
  ConvOptions options;
  std::optional<DType> dtype;  // operands are converted first
  bool whole = false;          // the weight is not applied axis by axis
};

int run_array(const ArrayRun& run, Context& context);

}  // namespace faltung::cli
