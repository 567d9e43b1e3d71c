#include "verify/answers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "problem/geometry.h"
#include "verify/definition.h"

namespace faltung {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// activation(−infinity), where the usual formulas give 0 · infinity.
bool may_end_in_zero(Activation activation) { return activation == Activation::silu || activation == Activation::gelu; }

}  // namespace

Answers::Answers(const ConvProblem& problem, const VerifyData& data, bool finite, Accuracy accuracy)
    : problem_(problem),
      data_(data),
      finite_(finite),
      sums_(sum_as_defined(problem, [&](Role role, const Dims& index) { return data.factor(role, index); })) {
  if (finite) return;
  spreads_ = accuracy.is_transformed();
  for (const LoneFactor& factor : lone_factors(problem.pass)) lone_factors_.emplace_back(problem, data, factor);
  find_images();
  beside_filter_ = elements_beside_filter(problem, data);
}

void Answers::find_images() {
  const std::int64_t batch = problem_.geometry.batch;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    if (role == written_role(problem_.pass)) continue;
    for_each_index(data_.operand(role).extents(), [&](const Dims& index) {
      if (is_finite(data_.operand(role).get(index))) return;
      const bool has_images = role != Role::w;
      for (std::int64_t n = has_images ? index[0] : 0; n < (has_images ? index[0] + 1 : batch); ++n)
        bad_.emplace(n, index[has_images ? 1 : 0]);
    });
  }
}

bool Answers::meets_nothing(const Dims& index) const {
  return std::any_of(lone_factors_.begin(), lone_factors_.end(),
                     [&](const auto& counts) { return counts.meets_nothing(index); });
}

// Engines may compute several groups as one matrix product, with zeros between them.
bool Answers::is_beside_group(const Dims& index) const {
  const bool any_image = problem_.pass == Pass::WeightGrad;
  const std::int64_t own = index[any_image ? 0 : 1];
  return std::any_of(bad_.begin(), bad_.end(),
                     [&](const auto& at) { return at.second != own && (any_image || at.first == index[0]); });
}

bool Answers::is_reached(const Dims& index) const {
  if (!spreads_) return false;
  if (problem_.pass != Pass::WeightGrad) return bad_.contains({index[0], index[1]});
  return std::any_of(bad_.begin(), bad_.end(), [&](const auto& at) { return at.second == index[0]; });
}

std::span<const std::complex<double>> Answers::of(const Dims& index, std::size_t i) {
  const std::complex<double> sum = sums_[i];
  allowed_.assign(1, data_.expected(index, sum));
  if (finite_) return allowed_;
  const bool joined = problem_.pass == Pass::WeightGrad && !is_finite(sum);
  if (joined || meets_nothing(index) || beside_filter_.contains(without(index, 2)) || is_beside_group(index))
    allowed_.push_back(data_.expected(index, nan));
  if (is_reached(index))
    for (const double any : {nan, infinity, -infinity}) allowed_.push_back(data_.expected(index, any));
  if (sum.real() == -infinity && may_end_in_zero(problem_.epilogue.activation)) allowed_.push_back(data_.before(index));
  return allowed_;
}

}  // namespace faltung
