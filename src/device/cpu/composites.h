// combine() and store_result() of compose/, on tensors in CPU memory.
#pragma once

#include <span>

#include "compose/combine.h"
#include "faltung/compile.h"

namespace faltung {

void combine_on_cpu(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution);
void store_result_on_cpu(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                         const Execution& execution);

}  // namespace faltung
