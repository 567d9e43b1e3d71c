// Moves finished sums to the written operand: epilogue, accumulation, one rounding.
#pragma once

#include <optional>

#include "faltung/compile.h"
#include "faltung/problem.h"
#include "kernels/epilogue/store_rows.h"
#include "kernels/gemm/tile.h"

namespace faltung::cpu_gemm {

struct FinishContext {
  epilogue::StoreRows store = nullptr;
  Activation activation = Activation::none;
  bool accumulate = false;
  bool channels_across = false;   // the written operand's channels run along C's lanes (N), not its rows (M)
  int parts = 1;                  // numbers of a sum: 2 if it is complex
  std::int64_t stored_bytes = 0;  // of an element of the written operand
  std::int64_t channels = 1;      // of the group
  std::int64_t per_channel = 1;   // number of neighbouring rows (or lanes) of one channel; channels repeat cyclically
  gemm::IndexSet rows, lanes;     // offsets of C's elements in the written operand
  void* written = nullptr;        // address of offset 0 of this product
  const void *bias = nullptr, *z = nullptr;  // the bias of the group's first channel; z: address like `written`
  double alpha = 1;
  std::int64_t bias_bytes = 0;   // of an element of the bias
  const float* scale = nullptr;  // quantised: of the group's first channel
  std::int32_t zero = 0;
};

// Whether many rows are closer to each other where they are stored than lanes: they then become lanes, and lanes rows.
bool is_across(const gemm::IndexSet& rows, const gemm::IndexSet& lanes);

// The same for the micro-kernel to do, if it can.
template <class T>
std::optional<gemm::Ending<T>> ending_of(const FinishContext& context);

// T: the micro-kernel's type. The context it gets is a FinishContext.
template <class T>
void finish_tile(const void* context, const gemm::Tile& tile, const T* sums, std::int64_t stride);

}  // namespace faltung::cpu_gemm
