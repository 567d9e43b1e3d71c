// What an engine may store: what the definition gives, and, where operands are not finite, what else is allowed
// (ARCHITECTURE.md, "Infinities and NaN").
#pragma once

#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

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
  void count_bad_factors();
  void find_images();
  bool meets_padding(const Dims& index) const;
  bool is_beside_group(const Dims& index) const;
  bool is_reached(const Dims& index) const;

  const ConvProblem& problem_;
  const VerifyData& data_;
  bool finite_;
  std::vector<std::complex<double>> sums_;
  // How many factors that are not finite meet an element of the input, by the written index without its image (or the
  // channel of x); and the padding too, by the written operand's group and channel. None: not there.
  std::map<Dims, double> inside_;
  std::map<std::pair<std::int64_t, std::int64_t>, double> all_;
  std::vector<std::complex<double>> allowed_;
  std::set<std::pair<std::int64_t, std::int64_t>> bad_;  // images and groups with factors that are not finite
  bool spreads_ = false;                                 // over an image's group
};

bool is_finite(std::complex<double> value) noexcept;

}  // namespace faltung
