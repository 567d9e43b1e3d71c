// Sums of tensors of an accumulator's type.
#pragma once

#include "faltung/executor.h"
#include "faltung/tensor.h"

namespace faltung {

// sum += term, in stream order; integers wrap. Unsupported for integers on a GPU.
void add_to(const TensorView& sum, const TensorView& term, const Execution& execution);

}  // namespace faltung
