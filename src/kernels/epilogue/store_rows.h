// Stores rows of finished sums: activation(sum + alpha · z + bias), what stands there added if asked, rounded once.
#pragma once

#include <cstdint>

#include "faltung/activation.h"
#include "faltung/dtype.h"

namespace faltung::epilogue {

// Strides and steps are in elements. A single row needs sums, count and to; whatever else is used.
struct Rows {
  std::int64_t rows = 1, count = 0;  // number of rows; elements in each
  const void* sums = nullptr;        // neighbours in each row; may be the destination itself
  std::int64_t sums_stride = 0;      // from row to row

  void* to = nullptr;
  std::int64_t to_stride = 0, to_step = 1;  // from row to row; from element to element

  // Of the stored type (quantised: i32), null for none. The bias of element i in row r is bias[r · bias_stride + i ·
  // bias_step], where bias_step is 0 or 1: one for a row, or one for each element. z lies as `to` does and may be the
  // same memory.
  const void* bias = nullptr;
  std::int64_t bias_stride = 0, bias_step = 0;
  const void* z = nullptr;
  double alpha = 1;  // scale of z

  const float* scale = nullptr;  // quantised only: numbered as the bias is
  std::int32_t zero = 0;         // zero point of what is stored

  bool accumulate = false;
  Activation activation = Activation::none;  // integers: none, relu, relu6; complex numbers: none
};

using StoreRows = void (*)(const Rows&);

// For this CPU; valid until the program ends. Sums are of the type that they are carried in (f32, f64, cf32, cf64, i32,
// i64), the stored type is of the same kind and not wider; or both are one 16-bit type, and f32 is computed in. Null
// for other pairs.
StoreRows store_rows_for(DType sums, DType stored);

// For quantised sums, in i32, stored as i8, u8, f32 or i32: no z, nothing accumulated, no activation but relu.
StoreRows store_quantized_rows_for(DType stored);

}  // namespace faltung::epilogue
