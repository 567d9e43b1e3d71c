#include "base/cuda/part.h"
#include "compose/cuda/calls.h"
#include "compose/cuda/combine.h"
#include "compose/cuda/store_result.h"

namespace faltung::cuda {

void combine(const TensorView& out, std::span<const SignedTensor> terms, const Stream& stream) {
  part().compose->combine(out, terms, stream);
}

void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Stream& stream) {
  part().compose->store_result(problem, result, operands, stream);
}

}  // namespace faltung::cuda
