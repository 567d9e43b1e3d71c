// Sums of a tensor.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

// Sums over all axes but `axis` into `out`, a rank-1 tensor of the same type. Floating-point sums are accumulated in
// f64 and rounded once, integers wrap; the order depends on the shape only, not on the number of threads.
void sum_all_but(const TensorView& view, int axis, const TensorView& out, const Execution& execution = {});

}  // namespace faltung
