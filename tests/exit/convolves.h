// One of each thing that could be gone when a program ends.
#pragma once

#include <algorithm>
#include <cstring>

#include "faltung/c.h"
#include "faltung/faltung.h"
#include "faltung/verify.h"

namespace faltung::test {

// The default context and its cache, a workspace, threads of the pool, copies.
inline bool convolves() {
  const Tensor x = Tensor::empty({2, 16, 64, 64}, DType::f32), w = Tensor::empty({16, 16, 3, 3}, DType::f32);
  fill(x, 1);
  fill(w, 1);
  const Tensor y = conv2d(x, w, {}, {.padding = 1});
  const Gradients gradients = convolution_backward(y, x, w, {.padding = 1});
  return clone(y, MemoryFormat::channels_last).as<const float>()[65 * 16] == 16 * 9 && gradients.weight.numel() > 0;
}

// The engines' names and reasons, the judge.
inline bool explains() {
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");
  return explain(problem).chosen() && verify(problem).passed();
}

// The message of a failure, also where it is long.
inline bool fails_with_a_message() {
  faltung_context* context = nullptr;
  if (faltung_context_create(kDLCPU, 0, &context) != FALTUNG_OK) return false;
  char* text = nullptr;
  const faltung_status status = faltung_explain(context, "fwd f33", nullptr, &text);
  faltung_context_destroy(context);
  return status == FALTUNG_INVALID_ARGUMENT && std::strstr(faltung_last_error(), "f33");
}

inline bool everything_works() { return convolves() && explains() && fails_with_a_message(); }

}  // namespace faltung::test
