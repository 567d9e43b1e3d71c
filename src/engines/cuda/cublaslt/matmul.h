// A 1×1 convolution as products of matrices, in cuBLAS's terms. Needs neither cuBLASLt nor a GPU.
#pragma once

#include <cstdint>

#include "faltung/engine.h"
#include "faltung/problem.h"

namespace faltung::cuda_cublaslt {

// Column after column in memory, `leading` elements from one to the next.
struct Matrix {
  Role role = Role::x;
  std::int64_t rows = 0, columns = 0, leading = 0;
  std::int64_t batch_stride = 0;
  bool transposed = false;  // before it is multiplied
  bool operator==(const Matrix&) const = default;
};

// d = a · b, m × n numbers that are sums of k products, for each of a batch.
struct Matmul {
  std::int64_t m = 0, n = 0, k = 0, batch = 1;
  Matrix a, b, d;
  bool rows_are_channels = false;      // of d; a bias has a number for each row
  std::int64_t bias_batch_stride = 0;  // images share it, groups do not
  bool operator==(const Matmul&) const = default;
};

// Whether a problem is such a product and cuBLASLt may do it, with the reason if not.
Verdict accepts(const ConvProblem& problem);

// For an accepted problem.
Matmul matmul_of(const ConvProblem& problem);

// The operands that are read have one type; it decides which units multiply.
DType type_read(const ConvProblem& problem) noexcept;

}  // namespace faltung::cuda_cublaslt
