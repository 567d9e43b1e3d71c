// Copies and fills in CPU memory: what the CPU's Memory does. Arguments are checked by the callers.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

void copy_on_cpu(const TensorView& source, const TensorView& destination, const Execution& execution);
void fill_on_cpu(const TensorView& destination, double value, const Execution& execution);

}  // namespace faltung
