// cuBLASLt's algorithms for a product of matrices.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cuda/cublaslt/operation.h"

namespace faltung::cuda_cublaslt {

struct Algorithm {
  std::string name;
  cublasLtMatmulAlgo_t algorithm{};
  std::size_t workspace_bytes = 0;
};

// What is asked for. The problem knows how x, w and y are aligned; of bias and z only a run does.
struct Request {
  const ConvProblem& problem;
  const Matmul& matmul;
  cublasLtHandle_t handle = nullptr;
  std::size_t workspace_limit = 0;
  std::size_t epilogue_alignment = Operand::max_alignment;  // of bias and z, in bytes
};

// What cuBLASLt's heuristics suggest, best first, at most so many. Throws Unsupported if it is nothing.
std::vector<Algorithm> suggested(const Request& request, int most);

// The algorithm of that name, made without heuristics. Throws Unsupported if cuBLASLt has none such for the problem, or
// one that the problem forbids or that needs more memory.
Algorithm algorithm_named(const Request& request, std::string_view name);
bool can_be_named(const Request& request, std::string_view name);

}  // namespace faltung::cuda_cublaslt
