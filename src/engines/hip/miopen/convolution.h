// A problem in MIOpen's terms: channels over all groups, at least two spatial axes, one pad for both ends of an axis.
#pragma once

#include <array>

#include "engines/hip/miopen/library/owned.h"
#include "faltung/engine.h"

namespace faltung::hip_miopen {

// Whether the problem can be said to MIOpen and may be tried, with the reason if not.
Verdict accepts(const ConvProblem& problem);

// Whether these products are the sum's own, or the problem allows others.
bool allows(const ConvProblem& problem, Algorithm algorithm) noexcept;
// Whether an algorithm that is allowed may compute other products than the sum's.
bool may_transform(const ConvProblem& problem) noexcept;

// The descriptors of an accepted problem; any thread may read them.
struct Convolution {
  explicit Convolution(const ConvProblem& problem);

  Owned x, w, y, bias, convolution;
  Pass pass;

  const PassCalls& calls() const { return miopen().passes[static_cast<std::size_t>(pass)]; }
};

// Two operands that are read and the one that is written, as the functions of the pass take them.
struct Arguments {
  Descriptor a, b, c;
};
// For running and finding.
Arguments arguments_of(const Convolution& convolution);
// For solutions and workspaces.
Arguments solution_arguments_of(const Convolution& convolution);

struct Pointers {
  const void* a;
  const void* b;
  void* c;
};
Pointers pointers_of(Pass pass, const Operands& operands);
Pointers solution_pointers_of(Pass pass, const Operands& operands);

}  // namespace faltung::hip_miopen
