// The activations that MIOpen applies, and how it calls them.
#pragma once

#include "engines/hip/miopen/library/library.h"

namespace faltung::hip_miopen {

struct ActivationCall {
  ActivationMode mode;
  double alpha = 0, beta = 0;
};

// Of an activation of an accepted problem, not none.
inline ActivationCall call_of(Activation activation) noexcept {
  if (activation == Activation::relu6) return {ActivationMode::clipped_relu, 6, 0};
  if (activation == Activation::sigmoid) return {ActivationMode::logistic};
  if (activation == Activation::tanh) return {ActivationMode::tanh, 1, 1};
  return {ActivationMode::relu};
}

}  // namespace faltung::hip_miopen
