// Calls of the public functions nobody would think of, from a seed.
#pragma once

#include <string>

#include "support/tensors.h"

namespace faltung::test {

struct RandomCall {
  Dims input, weight, output;  // extents
  ConvOptions options;
  DType dtype;

  std::int64_t channels() const { return output[output.size() - (weight.size() - 2) - 1]; }
  std::string text() const;
};

// Rank 1 to 3, both kinds, groups, strides, dilations, all forms of padding, with and without a batch.
RandomCall random_call(RandomProblems& random);

}  // namespace faltung::test
