// Moves finished sums to the written operand: epilogue, accumulation, one rounding.
#pragma once

#include "faltung/compile.h"
#include "faltung/problem.h"
#include "kernels/gemm/tile.h"

namespace faltung::cpu_gemm {

struct FinishContext {
  Epilogue epilogue;
  bool accumulate = false;
  bool channels_across = false;  // the written operand's channels run along C's lanes (N), not its rows (M)
  std::int64_t first_channel = 0, channels = 1;  // index of the group's first channel; channels of the group
  std::int64_t per_channel = 1;  // number of neighbouring rows (or lanes) of one channel; channels repeat cyclically
  gemm::IndexSet rows, lanes;    // offsets of C's elements in the written operand
  void* written = nullptr;       // address of offset 0 of this product
  const void *bias = nullptr, *z = nullptr;  // z: address like `written`
  double alpha = 1;
};

// T: the micro-kernel's type. The context it gets is a FinishContext.
template <class T>
gemm::Finish<T> finish_for(DType written);

}  // namespace faltung::cpu_gemm
