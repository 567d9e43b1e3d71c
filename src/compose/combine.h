// Sums of whole tensors, for rewriting engines to build their operands.
#pragma once

#include <initializer_list>

#include "faltung/tensor.h"

namespace faltung {

// ±1 times a real tensor.
struct SignedTensor {
  double sign;
  TensorView view;
};

// out = Σ sign · view of one to four terms, added in order, all f32 or all f64, with out's extents. `out` may be the
// last term. On the stream's device, in stream order.
void combine(const TensorView& out, std::initializer_list<SignedTensor> terms, const Execution& execution);

}  // namespace faltung
