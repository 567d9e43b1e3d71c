// Stands in for this folder in builds without CUDA.
#include "base/cuda/device.h"
#include "compose/cuda/combine.h"
#include "compose/cuda/store_result.h"

namespace faltung::cuda {

void combine(const TensorView&, std::span<const SignedTensor>, const Stream&) {
  throw Error(ErrorCode::Unsupported, std::string(unavailable()));
}

void store_result(const ConvProblem&, const TensorView&, const Operands&, const Stream&) {
  throw Error(ErrorCode::Unsupported, std::string(unavailable()));
}

}  // namespace faltung::cuda
