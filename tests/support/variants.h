// Every way the library can do a problem, verified.
#pragma once

#include <string>
#include <vector>

#include "plan/registry.h"
#include "verify/verify_plan.h"

namespace faltung::test {

struct VariantResult {
  std::string variant;
  Comparison comparison;
};

// All variants of one engine, or a single refusal with the engine's reason. The engine's own parts may use a last
// resort.
std::vector<VariantResult> verify_variants(const Registration& entry, const ConvProblem& problem, std::uint64_t seed);

}  // namespace faltung::test
