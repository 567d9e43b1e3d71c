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

// Where a long sum is split, parts are added in f32 or f64: in 16 bits each would be rounded. That is deterministic: an
// algorithm with a workspace of its own gives the same bits in every run, also beside other streams (cuBLAS's manual,
// "Results Reproducibility", which excepts atomics, that only BLAS routines have, and emulation, which is masked
// below).
std::uint32_t reductions_allowed(const ConvProblem& problem) noexcept;

// Products of the numbers as they are, or of TF32 where that is allowed; sums in the accumulator. Nothing emulated by
// several numbers of fewer bits, which environment variables may ask cuBLAS for.
std::uint64_t implementations_allowed(const ConvProblem& problem) noexcept;

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
