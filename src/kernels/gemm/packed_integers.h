// Micro-kernels on words of 32 bits that hold neighbours in depth: a product of two words is the sum of the products of
// what they hold. Sums are in i32 and wrap.
#pragma once

#include "kernels/gemm/micro_kernel.h"

namespace faltung::gemm {

// Two of i16.
const MicroKernels<std::uint32_t>& pair_kernels();

// Four bytes: unsigned ones in the rows (or else in the lanes), signed ones in the other operand.
const MicroKernels<std::uint32_t>* quad_kernels(bool unsigned_rows);
// The feature of a CPU that they need; empty where they are not there at all, and quad_kernels() is null.
const char* quad_feature();

}  // namespace faltung::gemm
