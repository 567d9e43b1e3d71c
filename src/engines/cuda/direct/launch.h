// Interface between the engine and its kernels.
#pragma once

#include "engines/cuda/direct/terms.h"
#include "faltung/compile.h"

namespace faltung::cuda_direct {

// All launch parameters except the pointers; made once per plan.
struct Launch {
  Terms<std::int64_t> wide;
  Terms<std::int32_t> narrow;  // valid if `small`
  bool small = false;
  bool block_per_element = false;  // one block per element
  DType a = DType::f32, b = DType::f32, written = DType::f32, sum = DType::f32;
  Epilogue epilogue;
  bool accumulate = false;
  std::int64_t channels = 1;  // per group, of the written operand: bias is indexed by group and channel
};

// Enqueues the work on the stream; allocates nothing.
void run(const Launch& launch, const Operands& operands, void* stream);

}  // namespace faltung::cuda_direct
