// What an engine may store: what the definition gives, and, where operands are not finite, what else is allowed
// (ARCHITECTURE.md, "Infinities and NaN").
#pragma once

#include <set>
#include <span>
#include <utility>
#include <vector>

#include "verify/lone_factor.h"
#include "verify/verify_data.h"

namespace faltung {

class Answers {
 public:
  // Runs the definition. An engine that transforms may spread what is not finite.
  Answers(const ConvProblem& problem, const VerifyData& data, bool finite, Accuracy accuracy);

  // The sum of the definition of the i-th element, without epilogue.
  std::complex<double> sum(std::size_t i) const { return sums_[i]; }
  // What may be stored there, before rounding; what the definition gives comes first. A complex number that is not
  // finite stands for all that are not. Valid until the next call.
  std::span<const std::complex<double>> of(const Dims& index, std::size_t i);

 private:
  void find_images();
  bool meets_nothing(const Dims& index) const;
  bool is_beside_group(const Dims& index) const;
  bool is_reached(const Dims& index) const;

  const ConvProblem& problem_;
  const VerifyData& data_;
  bool finite_;
  std::vector<std::complex<double>> sums_;
  std::vector<LoneFactorCounts> lone_factors_;
  std::set<Dims> beside_filter_;
  std::vector<std::complex<double>> allowed_;
  std::set<std::pair<std::int64_t, std::int64_t>> bad_;  // images and groups with factors that are not finite
  bool spreads_ = false;                                 // over an image's group
};

}  // namespace faltung
