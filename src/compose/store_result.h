// Final step of engines that compute into a buffer first.
#pragma once

#include "faltung/compile.h"

namespace faltung {

// Stores activation(result + alpha · z + bias) into the written operand, accumulating if the problem says so, computed
// in the problem's accumulator type and rounded once. `result` has that type or the written operand's, and its extents;
// it may be the written operand itself if types agree. On the stream's device, in stream order.
void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Execution& execution);

// The same where no sum has a term, so that there is no result: at the speed of memory unless z or what is accumulated
// must be read. On the CPU.
void store_empty_sums(const ConvProblem& problem, const Operands& operands, const Execution& execution);

}  // namespace faltung
