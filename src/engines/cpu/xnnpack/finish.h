// What follows XNNPACK's sums. On x86 its operators give -infinity where the sum is NaN, since they clamp, if only
// between the infinities: such sums are computed anew.
#pragma once

#include <cstdint>

#include "faltung/problem.h"

namespace faltung::cpu_xnnpack {

// Some of a batch; pointers are to the whole batch's operands.
struct Images {
  std::int64_t first, count;
  const float *x, *w;
  float* y;
  const float* bias;  // null: none
};

// NaN where it belongs, bias and activation.
void finish_images(const ConvProblem& problem, const Images& images);

}  // namespace faltung::cpu_xnnpack
