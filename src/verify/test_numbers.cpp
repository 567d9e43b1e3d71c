#include "verify/test_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "problem/geometry.h"
#include "problem/quantized.h"

namespace faltung {
namespace {

// Steele, Lea and Flood's SplitMix64: a hash good enough that neighbours look unrelated.
std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

std::pair<Role, Role> factors_of(Pass pass) noexcept {
  if (pass == Pass::Forward) return {Role::x, Role::w};
  return pass == Pass::DataGrad ? std::pair(Role::w, Role::y) : std::pair(Role::x, Role::y);
}

// Whether elements share memory, and so a value. Turning an axis round changes nothing about that.
bool is_repeated(const ConvProblem& problem, Role role) {
  TensorView view = view_of(problem.geometry, role, problem.operand(role), nullptr);
  for (std::int64_t& stride : view.strides) stride = std::abs(stride);
  return overlaps_itself(view);
}

// Of quantised operands as many as there are on either side of a zero point in the middle.
int digits_of(const ConvProblem& problem, Role role) {
  return problem.epilogue.quantized ? 7 : significant_digits(problem.operand(role).dtype);
}

// Digits of the two factors: many of one and as many of the other as are left.
struct Digits {
  int first, second;
};

constexpr std::int64_t greatest_with(int digits) { return (std::int64_t(1) << digits) - 1; }

}  // namespace

bool has_data(const ConvProblem& problem, TestData data) noexcept {
  if (data == TestData::not_finite) return !is_integer(problem.x.dtype);
  return data == TestData::whole_numbers || exact_product_digits(problem, false) >= 2;
}

TestNumbers::TestNumbers(const ConvProblem& problem, TestData data, std::uint64_t seed)
    : problem_(problem), data_(data), seed_(seed) {
  if (data == TestData::many_digits)
    take_many_digits();
  else
    take_whole_numbers();
}

void TestNumbers::take_whole_numbers() {
  const int exact = exact_range(problem_);
  const Range range{.most = std::max(exact, 1)};
  plain_.fill(range), swapped_.fill(range);
  addends_ = range;
  const auto largest = static_cast<double>(range.most);
  properties_ = {.largest = largest, .added = largest, .exact_sums = exact > 0};
}

// All products are multiples of one unit, and no sum has more such units than the accumulator has digits for. In half
// of the products the first factor has many digits, in the others the second, so that what loses the last digits of
// either is found out. Elements are below 2 in size.
void TestNumbers::take_many_digits() {
  const auto [a, b] = factors_of(problem_.pass);
  const bool whole = is_integer(problem_.x.dtype);
  const bool repeated = is_repeated(problem_, a) || is_repeated(problem_, b);
  const int all = exact_product_digits(problem_, !repeated);
  const auto share = [&](Role many, Role few) {
    const int most = std::min(digits_of(problem_, many), repeated ? all / 2 : all - 1);
    return std::pair(most, std::min(digits_of(problem_, few), repeated ? most : all - most));
  };
  const auto range_of = [whole](int digits) {
    return Range{.most = greatest_with(digits), .unit = whole ? 1 : std::ldexp(1.0, 1 - digits)};
  };
  int product = 0;
  for (Ranges* ranges : {&plain_, &swapped_}) {
    const bool swapped = ranges == &swapped_;
    const auto [many, few] = swapped ? share(b, a) : share(a, b);
    (*ranges)[static_cast<std::size_t>(a)] = range_of(swapped ? few : many);
    (*ranges)[static_cast<std::size_t>(b)] = range_of(swapped ? many : few);
    product = std::max(product, many + few);
  }
  // What is added is a quarter of what a sum is likely to be, as z counts twice, and no finer than a product.
  const int size = static_cast<int>(std::log2(std::max(reduction_length(problem_), 1.0)) / 2);
  const int finest = whole ? 0 : 2 - product;
  const int largest = whole ? size + product - 2 : size;
  const int digits = std::clamp(largest - finest, 1, significant_digits(bias_type(problem_)));
  addends_ = {.most = greatest_with(digits), .unit = whole ? 1 : std::ldexp(1.0, std::max(largest - digits, finest))};
  properties_ = {.largest = problem_.epilogue.quantized ? std::ldexp(1.0, product / 2) : 2,
                 .added = static_cast<double>(addends_.most) * addends_.unit,
                 .exact_sums = true,
                 .fit_tf32 = false};
}

// The channel (or image) that is summed over, and the group: both factors know them.
bool TestNumbers::is_swapped(Role role, const Dims& index) const {
  const std::int64_t group = index[role == Role::w ? 0 : 1];
  const std::int64_t summed = problem_.pass == Pass::WeightGrad                    ? index[0]
                              : problem_.pass == Pass::DataGrad && role == Role::w ? index[1]
                                                                                   : index[2];
  return ((static_cast<std::uint64_t>(group + summed) + seed_) & 1) != 0;
}

double TestNumbers::draw(const Range& range, std::uint64_t key) const {
  const auto choices = static_cast<std::uint64_t>(2 * range.most + 1);
  return static_cast<double>(static_cast<std::int64_t>(mix(key) % choices) - range.most) * range.unit;
}

std::complex<double> TestNumbers::factor(Role role, const Dims& index, std::uint64_t position) const {
  const Range& range = (is_swapped(role, index) ? swapped_ : plain_)[static_cast<std::size_t>(role)];
  const std::uint64_t key = mix(mix(seed_) + static_cast<std::uint64_t>(role)) + position;
  const std::complex<double> value{draw(range, key), is_complex(problem_.operand(role).dtype) ? draw(range, ~key) : 0};
  return data_ == TestData::not_finite ? poisoned(role, value, mix(key) >> 8) : value;
}

// About two elements of each operand.
std::complex<double> TestNumbers::poisoned(Role role, std::complex<double> value, std::uint64_t key) const {
  const auto period = static_cast<std::uint64_t>(std::max<std::int64_t>(numel_of(problem_.geometry, role) / 2, 3));
  if (key % period != 0) return value;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double kinds[] = {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()};
  const double bad = kinds[key / period % 3];
  const bool imaginary = is_complex(problem_.operand(role).dtype) && key / period / 3 % 2 == 1;
  return imaginary ? std::complex(value.real(), bad) : std::complex(bad, value.imag());
}

std::complex<double> TestNumbers::addend(Addend addend, std::uint64_t position) const {
  const std::uint64_t key = mix(mix(seed_) + static_cast<std::uint64_t>(addend)) + position;
  return {draw(addends_, key), draw(addends_, ~key)};
}

}  // namespace faltung
