// Copies, fills and sums in CPU memory, also for kinds of device that work by way of the host. Callers check the
// arguments.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

void copy_on_cpu(const TensorView& source, const TensorView& destination, const Execution& execution);
void fill_on_cpu(const TensorView& destination, double value, const Execution& execution);
void sum_on_cpu(const TensorView& view, int axis, const TensorView& out, const Execution& execution);

}  // namespace faltung
