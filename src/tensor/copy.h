// Copies and fills in CPU memory, the basis of the CPU's Memory. Callers check the arguments.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

void copy_on_cpu(const TensorView& source, const TensorView& destination, const Execution& execution);
void fill_on_cpu(const TensorView& destination, double value, const Execution& execution);

}  // namespace faltung
