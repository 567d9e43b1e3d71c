// What the composites do with whole tensors, on the host for tensors of a HIP device: copied there, done, copied back.
// Such calls wait for the stream, and allocate.
#pragma once

#include <span>

#include "compose/combine.h"
#include "faltung/compile.h"

namespace faltung::hip {

void combine(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution);
void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Execution& execution);

}  // namespace faltung::hip
