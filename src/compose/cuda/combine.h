// Sums of whole tensors on a GPU.
#pragma once

#include <span>

#include "compose/combine.h"

namespace faltung::cuda {

// Like faltung::combine(), in stream order.
void combine(const TensorView& out, std::span<const SignedTensor> terms, const Stream& stream);

}  // namespace faltung::cuda
