// How MIOpen does a convolution: by one of its solutions or, as Find has it, by one of its algorithms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/hip/miopen/convolution.h"
#include "faltung/compile.h"

namespace faltung::hip_miopen {

struct Method {
  std::optional<std::uint64_t> solution;  // nothing: the algorithm
  Algorithm algorithm = Algorithm::gemm;
  std::size_t workspace_bytes = 0;
};

std::string name_of(const Method& method);  // "s37", "gemm"

// All that there are, as MIOpen sorts them: the fastest first.
std::vector<Solution> solutions_of(Handle handle, const Convolution& convolution);

// Where MIOpen refuses to run what it had promised, it does another that needs no more workspace: another of its
// solutions, or the algorithm after a search on this handle, which knows no algorithm without.
void convolve(Handle handle, const ConvProblem& problem, const Convolution& convolution, const Method& method,
              const Operands& operands, Workspace workspace);

// At most ten algorithms, the fastest first; the operands are overwritten or read. Throws as check().
std::vector<Found> find(Handle handle, const Convolution& convolution, const Operands& operands, Workspace workspace);

}  // namespace faltung::hip_miopen
