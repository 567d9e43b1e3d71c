#include "compose/combine.h"

#include <span>

#include "device/backend.h"

namespace faltung {

void combine(const TensorView& out, std::initializer_list<SignedTensor> terms, const Execution& execution) {
  const std::span<const SignedTensor> all(terms.begin(), terms.size());
  backend_of(execution.stream.device.type).combine(out, all, execution);
}

}  // namespace faltung
