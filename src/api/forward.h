// A convolution with everything that may be fused into it.
#pragma once

#include "api/request.h"

namespace faltung {

// Into `out`, or a new tensor if that is undefined; returns what was written.
Tensor forward(const Request& request, const TensorView& bias, const Fusion& fusion, const TensorView& out,
               Context& context);

}  // namespace faltung
