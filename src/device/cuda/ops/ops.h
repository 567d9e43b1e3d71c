// Sums of tensors and the last step of an epilogue on a GPU: compose/combine.h and compose/store_result.h say what they
// mean.
#pragma once

#include <span>

#include "compose/combine.h"
#include "faltung/compile.h"

namespace faltung::cuda {

void combine_on_device(const TensorView& out, std::span<const SignedTensor> terms, const Stream& stream);
void store_result_on_device(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                            const Stream& stream);

}  // namespace faltung::cuda
