#include "engines/hip/miopen/errata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/never_destroyed.h"
#include "engines/hip/miopen/convolution.h"
#include "engines/hip/miopen/names.h"
#include "faltung/error.h"

namespace faltung::hip_miopen {
namespace {

constexpr std::string_view transforms = "transforms its inputs";

ErrataOfProblem known(const ConvProblem& problem) { return {errata(), problem, opened().number}; }

}  // namespace

void check_way(std::string_view way) {
  if (is_solution(way) || way == "fusion") return;
  if (std::any_of(algorithms.begin(), algorithms.end(), [way](Algorithm each) { return name_of(each) == way; })) return;
  throw Error(ErrorCode::InvalidArgument,
              fmt::format("'{}' is no solution such as s37, no algorithm, not fusion", way.substr(0, 60)));
}

const std::vector<Erratum>& errata() {
  static const NeverDestroyed<std::vector<Erratum>> all(errata_of_environment("FALTUNG_MIOPEN_ERRATA", check_way));
  return *all;
}

ErrataOfProblem::ErrataOfProblem(const std::vector<Erratum>& errata, const ConvProblem& problem, std::int64_t version) {
  for (const Erratum& erratum : errata)
    if (erratum.concerns(problem, version)) errata_.push_back(&erratum);
}

std::string_view ErrataOfProblem::against(std::string_view way) const {
  for (const Erratum* erratum : errata_)
    if (erratum->way == way) return erratum->reason;
  return {};
}

std::string_view ErrataOfProblem::against(const Solution& solution) const {
  const std::string_view reason = against(name_of_solution(solution.id));
  return reason.empty() ? against(name_of(solution.algorithm)) : reason;
}

std::string_view ErrataOfProblem::against(Algorithm algorithm) const {
  for (const Erratum* erratum : errata_)
    if (is_solution(erratum->way)) return erratum->reason;
  return against(name_of(algorithm));
}

std::string_view refusal_of(const ConvProblem& problem, const Solution& solution) {
  return allows(problem, solution.algorithm) ? known(problem).against(solution) : transforms;
}

std::string_view refusal_of(const ConvProblem& problem, Algorithm algorithm) {
  return allows(problem, algorithm) ? known(problem).against(algorithm) : transforms;
}

std::string_view refusal_of_fusion(const ConvProblem& problem) { return known(problem).against_fusion(); }

std::string_view refusal_of_all(const ConvProblem& problem) { return known(problem).against_all(); }

}  // namespace faltung::hip_miopen
