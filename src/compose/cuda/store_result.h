// Final step of engines that compute into a buffer first, on a GPU.
#pragma once

#include "faltung/compile.h"

namespace faltung::cuda {

// Like faltung::store_result(), in stream order.
void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands, const Stream& stream);

}  // namespace faltung::cuda
