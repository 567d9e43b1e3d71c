// From finished sums to the written operand: epilogue, accumulation, one rounding.
#pragma once

#include "faltung/compile.h"
#include "faltung/problem.h"
#include "kernels/gemm/tile.h"

namespace faltung::cpu_gemm {

struct FinishContext {
  Epilogue epilogue;
  bool accumulate = false;
  bool channels_across = false;                  // the written operand's channels are C's lanes, not its rows
  std::int64_t first_channel = 0, channels = 1;  // of the group, among all
  std::int64_t per_channel = 1;  // neighbouring rows (or lanes) of one channel; after the last the first comes again
  gemm::IndexSet rows, lanes;    // C in the written operand
  void* written = nullptr;       // offset 0 of this product
  const void *bias = nullptr, *z = nullptr;  // z as `written`
  double alpha = 1;
};

// T: the micro-kernel's type. The context it gets is a FinishContext.
template <class T>
gemm::Finish<T> finish_for(DType written);

}  // namespace faltung::cpu_gemm
