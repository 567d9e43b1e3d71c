// Sums of tensors and the last step of an epilogue on a GPU: combine.h and store_result.h say what they mean.
#pragma once

#include <span>

#include "compose/combine.h"
#include "faltung/compile.h"

namespace faltung::cuda {

struct ComposeCalls {
  void (*combine)(const TensorView& out, std::span<const SignedTensor> terms, const Stream& stream);
  void (*store_result)(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                       const Stream& stream);
};

extern const ComposeCalls compose_calls;

// Behind them, each in its own file.
void combine_on_device(const TensorView& out, std::span<const SignedTensor> terms, const Stream& stream);
void store_result_on_device(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                            const Stream& stream);

}  // namespace faltung::cuda
