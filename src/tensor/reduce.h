// Sums of a tensor.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

// Sums over all axes but `axis` into `out`, a tensor of rank 1 and of the same type. Floating sums are carried in f64
// and rounded once, integers wrap; the order is fixed by the shape, whatever the number of threads.
void sum_all_but(const TensorView& view, int axis, const TensorView& out, const Execution& execution = {});
// Arguments are checked.
void sum_on_cpu(const TensorView& view, int axis, const TensorView& out, const Execution& execution);

}  // namespace faltung
