// Known wrong results of MIOpen: the lines of a file that FALTUNG_MIOPEN_ERRATA names (plan/errata/errata.h). A way is
// a solution by its number ("s37"), an algorithm ("winograd"), of any number, or "fusion", the fusion plan. None is
// built in: no AMD hardware was seen yet.
#pragma once

#include <string_view>
#include <vector>

#include "engines/hip/miopen/library/library.h"
#include "plan/errata/errata.h"

namespace faltung::hip_miopen {

// Throws where it is no way.
void check_way(std::string_view way);

// Read once; valid until the program ends.
const std::vector<Erratum>& errata();

// Those that concern a problem and a version.
class ErrataOfProblem {
 public:
  ErrataOfProblem(const std::vector<Erratum>& errata, const ConvProblem& problem, std::int64_t version);

  // Reasons why MIOpen, or that way, must not do the problem; empty if it may.
  std::string_view against_all() const { return against("*"); }
  std::string_view against_fusion() const { return against("fusion"); }
  std::string_view against(const Solution& solution) const;
  // Run as an algorithm, MIOpen may take any solution, also one that is known to be wrong.
  std::string_view against(Algorithm algorithm) const;

 private:
  std::string_view against(std::string_view way) const;

  std::vector<const Erratum*> errata_;
};

// Why a way must not do a problem though it could: it transforms, or is known to be wrong. Empty if it may.
std::string_view refusal_of(const ConvProblem& problem, const Solution& solution);
std::string_view refusal_of(const ConvProblem& problem, Algorithm algorithm);
std::string_view refusal_of_fusion(const ConvProblem& problem);
std::string_view refusal_of_all(const ConvProblem& problem);

}  // namespace faltung::hip_miopen
