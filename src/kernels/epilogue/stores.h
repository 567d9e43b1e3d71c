// The parts of store_rows_for(), each of which is compiled for several instruction sets.
#pragma once

#include "kernels/epilogue/store_rows.h"

namespace faltung::epilogue {

StoreRows store_of_f32(DType sums, DType stored);  // sums: f32, or the stored 16-bit type
StoreRows store_of_f64(DType stored);
StoreRows store_of_i32(DType stored);
StoreRows store_of_i64(DType stored);
StoreRows store_of_complex(DType sums, DType stored);

}  // namespace faltung::epilogue
