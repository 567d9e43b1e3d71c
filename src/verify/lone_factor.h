// Factors that are not finite and meet no element of the other operand, but padding, a zero that a stride puts between
// two elements, or nothing at all (ARCHITECTURE.md, "Infinities and NaN").
#pragma once

#include <map>
#include <set>
#include <span>
#include <utility>

#include "verify/verify_data.h"

namespace faltung {

// A factor that engines may multiply by the zeros around the other one: its group and its channel, the axis that is
// summed over, the written operand's axes of the same group and channel, and one along which the other factor alone
// differs.
struct LoneFactor {
  Role role;
  int group, channel, summed, written_group, written_channel, alike;
};

// Of each pass.
std::span<const LoneFactor> lone_factors(Pass pass);

class LoneFactorCounts {
 public:
  LoneFactorCounts(const ConvProblem& problem, const VerifyData& data, const LoneFactor& factor);
  // Whether one of the factors belongs to the element, but to none of its terms.
  bool meets_nothing(const Dims& index) const;

 private:
  LoneFactor factor_;
  // How many factors that are not finite an element has in its terms, by the written index without the axis along which
  // elements are alike; and how many there are, by group and channel. None: not there.
  std::map<Dims, double> inside_;
  std::map<std::pair<std::int64_t, std::int64_t>, double> all_;
};

Dims without(Dims index, int axis);

// Elements of a data gradient, of the first channel, that such an element of y would meet if a filter that is no
// multiple of its stride were longer, as engines make it, with zeros, that compute what lies between two strides
// separately.
std::set<Dims> elements_beside_filter(const ConvProblem& problem, const VerifyData& data);

bool is_finite(std::complex<double> value) noexcept;

}  // namespace faltung
