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

// The factor that engines may multiply by the zeros around the other one. Its axis that is summed over, and the one
// that the result has: its channels.
struct PaddingFactor {
  Role role;
  int group, channel, summed;
};

PaddingFactor factor_at_padding(Pass pass) {
  if (pass == Pass::WeightGrad) return {Role::y, 1, 2, 0};
  return pass == Pass::Forward ? PaddingFactor{Role::w, 0, 1, 2} : PaddingFactor{Role::w, 0, 2, 1};
}

// The written operand's axes: its group, before its channel, and one along which the other factor alone differs.
struct WrittenAxes {
  int group, alike;
};
WrittenAxes written_axes(Pass pass) { return pass == Pass::WeightGrad ? WrittenAxes{0, 2} : WrittenAxes{1, 0}; }

Dims without(Dims index, int axis) {
  index[axis] = 0;
  return index;
}

// Counts need one image, and one channel of those that are summed over.
ConvProblem counting_form(const ConvProblem& problem) {
  ConvProblem one = problem;
  one.geometry.batch = 1;
  (problem.pass == Pass::DataGrad ? one.geometry.out_channels : one.geometry.in_channels) = 1;
  return one;
}

// activation(−infinity), where the usual formulas give 0 · infinity.
bool may_end_in_zero(Activation activation) { return activation == Activation::silu || activation == Activation::gelu; }

}  // namespace

bool is_finite(std::complex<double> value) noexcept {
  return std::isfinite(value.real()) && std::isfinite(value.imag());
}

Answers::Answers(const ConvProblem& problem, const VerifyData& data, bool finite, Accuracy accuracy)
    : problem_(problem),
      data_(data),
      finite_(finite),
      sums_(sum_as_defined(problem, [&](Role role, const Dims& index) { return data.operand(role).get(index); })) {
  if (finite) return;
  spreads_ = accuracy == Accuracy::transformed;
  count_bad_factors();
  find_images();
}

void Answers::count_bad_factors() {
  const PaddingFactor factor = factor_at_padding(problem_.pass);
  std::map<Dims, double> bad;
  for_each_index(data_.operand(factor.role).extents(), [&](const Dims& index) {
    if (is_finite(data_.operand(factor.role).get(index))) return;
    ++bad[without(index, factor.summed)];
    ++all_[{index[factor.group], index[factor.channel]}];
  });
  if (bad.empty()) return;
  const ConvProblem counting = counting_form(problem_);
  const auto counts = sum_as_defined(counting, [&](Role role, const Dims& index) {
    if (role != factor.role) return 1.0;
    const auto found = bad.find(index);
    return found == bad.end() ? 0.0 : found->second;
  });
  std::size_t i = 0;
  for_each_index(extents_of(counting.geometry, written_role(counting.pass)), [&](const Dims& index) {
    if (const double count = counts[i++].real(); count > 0) inside_[index] = count;
  });
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

bool Answers::meets_padding(const Dims& index) const {
  const auto [group, alike] = written_axes(problem_.pass);
  const auto all = all_.find({index[group], index[group + 1]});
  if (all == all_.end()) return false;
  const auto inside = inside_.find(without(index, alike));
  return inside == inside_.end() || all->second > inside->second;
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
  if (meets_padding(index) || is_beside_group(index)) allowed_.push_back(data_.expected(index, nan));
  if (is_reached(index))
    for (const double any : {nan, infinity, -infinity}) allowed_.push_back(data_.expected(index, any));
  if (sum.real() == -infinity && may_end_in_zero(problem_.epilogue.activation)) allowed_.push_back(data_.before(index));
  return allowed_;
}

}  // namespace faltung
