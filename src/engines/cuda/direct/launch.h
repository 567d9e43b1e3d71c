// The kernels, as the engine calls them.
#pragma once

#include "engines/cuda/direct/terms.h"
#include "faltung/compile.h"

namespace faltung::cuda_direct {

// Everything about a launch that the pointers do not say; made once for a plan.
struct Launch {
  Terms<std::int64_t> wide;
  Terms<std::int32_t> narrow;  // meaningful if `small`
  bool small = false;
  bool together = false;  // a whole block sums one element
  DType a = DType::f32, b = DType::f32, written = DType::f32, sum = DType::f32;
  Epilogue epilogue;
  bool accumulate = false;
  std::int64_t channels = 1;  // of the written operand in one group: bias is indexed by group and channel
};

// Orders the work on the stream; allocates nothing.
void run(const Launch& launch, const Operands& operands, void* stream);

}  // namespace faltung::cuda_direct
