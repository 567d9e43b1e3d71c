// The last step of engines that compute into a buffer first.
#pragma once

#include "faltung/compile.h"

namespace faltung {

// Stores activation(result + alpha · z + bias), added to what stands there if the problem accumulates, into the written
// operand, computed in the problem's accumulator type and rounded once. `result` has that type or the written
// operand's, and its extents; it may be the written operand itself if types agree. On the stream's device, in its
// order.
void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Execution& execution);

}  // namespace faltung
