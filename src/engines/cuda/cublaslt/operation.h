// A product of matrices as cuBLASLt's descriptors.
#pragma once

#include "engines/cuda/cublaslt/library.h"
#include "engines/cuda/cublaslt/matmul.h"

namespace faltung::cuda_cublaslt {

struct Types {
  cublasComputeType_t compute;
  cudaDataType_t scale, read, written;
};
Types types_of(const ConvProblem& problem) noexcept;

using Product = cublasLtMatmulDescOpaque_t;

// What is done with the matrices, and the epilogue. A bias belongs to it by its address, of which cuBLASLt's heuristics
// look at the alignment.
Product product_of(const ConvProblem& problem, const Matmul& matmul, const void* bias);

// z and what is accumulated to lie as d does.
struct Layouts {
  cublasLtMatrixLayoutOpaque_t a, b, d;
};
Layouts layouts_of(const ConvProblem& problem, const Matmul& matmul);

}  // namespace faltung::cuda_cublaslt
