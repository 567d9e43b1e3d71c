#include "compose/store_result.h"

#include "device/backend.h"

namespace faltung {

void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Execution& execution) {
  backend_of(execution.stream.device.type).store_result(problem, result, operands, execution);
}

}  // namespace faltung
