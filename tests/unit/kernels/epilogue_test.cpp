// Rows stored by vectors, against the epilogue of one number, on every instruction set.
#include "problem/epilogue.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/visit.h"
#include "kernels/epilogue/store_rows.h"
#include "problem/quantized.h"
#include "problem/tolerance.h"
#include "support/on_target.h"

namespace faltung {
namespace {

using epilogue::Rows;
using epilogue::store_rows_for;

constexpr Activation activations[] = {Activation::none, Activation::relu, Activation::relu6, Activation::sigmoid,
                                      Activation::tanh, Activation::silu, Activation::gelu};
constexpr double infinity = std::numeric_limits<double>::infinity();

using EpilogueOn = test::OnTarget;

template <class T>
std::vector<T> activated(Activation activation, std::vector<T> values) {
  Rows rows{.count = static_cast<std::int64_t>(values.size()), .sums = values.data(), .to = values.data()};
  rows.activation = activation;
  store_rows_for(dtype_of<T>, dtype_of<T>)(rows);
  return values;
}

// Numbers of both signs and every size, most of them where activations bend.
template <class T>
std::vector<T> many_sizes() {
  std::vector<T> values = {0, T(-0.0), std::numeric_limits<T>::denorm_min(), -std::numeric_limits<T>::min()};
  for (int i = -40'000; i <= 40'000; ++i) values.push_back(static_cast<T>(i) / 1000 + T(1) / 3333);
  for (int exponent = std::numeric_limits<T>::min_exponent; exponent < std::numeric_limits<T>::max_exponent; ++exponent)
    for (const double digits : {0.5, 0.7, 0.99})
      for (const double sign : {-1.0, 1.0}) values.push_back(static_cast<T>(sign * std::ldexp(digits, exponent)));
  return values;
}

template <class T>
Tolerance tolerance_of(Activation activation) {
  ConvProblem problem = parse_problem("fwd f32 ncw n1 c1 k1 i1 f1");
  problem = changed(problem, {.dtype = dtype_of<T>});
  problem.epilogue.activation = activation;
  return tolerance_of(problem, Accuracy::reassociated, {});
}

template <class T>
void check_accuracy() {
  const std::vector<T> values = many_sizes<T>();
  for (const Activation activation : activations) {
    const Tolerance tolerance = tolerance_of<T>(activation);
    const std::vector<T> got = activated(activation, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto want = static_cast<double>(activate(activation, static_cast<long double>(values[i])));
      ASSERT_TRUE(tolerance.admits(static_cast<double>(got[i]), want))
          << name_of(activation) << '(' << values[i] << ") is " << got[i] << ", should be " << want;
    }
  }
}

TEST_P(EpilogueOn, ActivationsAreWithinTolerance) {
  check_accuracy<float>();
  check_accuracy<double>();
}

// As a share of the result.
template <class T>
double worst_error(Activation activation, double from, double to) {
  std::vector<T> values;
  for (int i = 0; i <= 20'000; ++i) values.push_back(static_cast<T>(from + (to - from) * i / 20'000));
  const std::vector<T> got = activated(activation, values);
  long double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const long double x = values[i];
    const long double want =
        activation == Activation::gelu ? x * std::erfc(-x / std::sqrt(2.0L)) / 2 : activate(activation, x);
    if (want != 0) worst = std::max(worst, std::abs((static_cast<long double>(got[i]) - want) / want));
  }
  return static_cast<double>(worst);
}

// Sharper than the tolerance: without its absolute part, which hides what small results lose.
template <class T>
void check_small_results() {
  for (const Activation activation : {Activation::sigmoid, Activation::tanh, Activation::silu, Activation::gelu})
    for (const auto& [from, to] : {std::pair{-12.0, 12.0}, std::pair{-1e-3, 1e-3}})
      EXPECT_LE(worst_error<T>(activation, from, to), tolerance_of<T>(activation).relative) << name_of(activation);
}

TEST_P(EpilogueOn, ActivationsKeepTheirDigitsWhereTheyAreSmall) {
  check_small_results<float>();
  check_small_results<double>();
}

template <class T>
void check_not_finite() {
  constexpr auto nan = std::numeric_limits<T>::quiet_NaN();
  const auto big = static_cast<T>(infinity);
  const double limits[][2] = {{-infinity, infinity}, {0, infinity}, {0, 6}, {0, 1}, {-1, 1},
                              {0, infinity},         {0, infinity}};
  for (const Activation activation : activations) {
    const std::vector<T> got = activated(activation, std::vector<T>{-big, big, nan, -big, 1, -1, nan, nan, nan, big});
    const double* limit = limits[static_cast<int>(activation)];
    EXPECT_EQ(got[0], limit[0]) << name_of(activation);
    EXPECT_EQ(got[1], limit[1]) << name_of(activation);
    EXPECT_EQ(got[3], limit[0]) << name_of(activation);
    EXPECT_EQ(got[9], limit[1]) << name_of(activation);
    EXPECT_TRUE(std::isfinite(got[4]) && std::isfinite(got[5]));
    for (const int i : {2, 6, 7, 8}) EXPECT_TRUE(std::isnan(got[static_cast<std::size_t>(i)])) << name_of(activation);
  }
}

TEST_P(EpilogueOn, InfinitiesGoToTheLimitAndNanStays) {
  check_not_finite<float>();
  check_not_finite<double>();
}

// A case of storing: how rows lie, and what is done.
struct Storing {
  std::int64_t rows, count, step;
  int bias;  // 0: none, 1: one for all, 2: one for each row, 3: one for each element
  bool add, accumulate;
  Activation activation;
};

template <class Sum, class Stored>
struct Trial {
  using A = std::conditional_t<is_sixteen_bit_float<Sum>, float, Sum>;
  Storing how;
  std::int64_t stride = how.count * how.step + 3, gap = how.count + 5;
  std::vector<Sum> sums = numbers<Sum>(how.rows * gap, 1);
  std::vector<Stored> to = numbers<Stored>(how.rows * stride, 2), z = numbers<Stored>(how.rows * stride, 3),
                      bias = numbers<Stored>(std::max(how.rows, how.count), 4);

  template <class T>
  static std::vector<T> numbers(std::int64_t count, std::int64_t seed) {
    std::vector<T> all;
    for (std::int64_t i = 0; i < count; ++i)
      all.push_back(convert<T>(static_cast<double>((i * 7 + seed * 5) % 23 - 11)));
    return all;
  }

  std::vector<Stored> expected() const {
    std::vector<Stored> all = to;
    const Epilogue epilogue{.bias = how.bias > 0, .add = how.add, .activation = how.activation};
    for (std::int64_t r = 0; r < how.rows; ++r)
      for (std::int64_t i = 0; i < how.count; ++i) {
        const auto at = static_cast<std::size_t>(r * stride + i * how.step);
        const auto offset = static_cast<std::size_t>(how.bias == 2 ? r : how.bias == 3 ? i : 0);
        A value = finish(epilogue, convert<A>(sums[static_cast<std::size_t>(r * gap + i)]), A(2), convert<A>(z[at]),
                         convert<A>(bias[offset]));
        if (how.accumulate) value = wrapping_add(value, convert<A>(to[at]));
        all[at] = convert<Stored>(value);
      }
    return all;
  }

  void check() {
    const std::vector<Stored> want = expected();
    Rows rows{.rows = how.rows, .count = how.count, .sums = sums.data(), .sums_stride = gap, .to = to.data()};
    rows.to_stride = stride;
    rows.to_step = how.step;
    if (how.bias > 0) rows.bias = bias.data();
    rows.bias_stride = how.bias == 2 ? 1 : 0;
    rows.bias_step = how.bias == 3 ? 1 : 0;
    if (how.add) rows.z = z.data();
    rows.alpha = 2;
    rows.accumulate = how.accumulate;
    rows.activation = how.activation;
    store_rows_for(dtype_of<Sum>, dtype_of<Stored>)(rows);
    for (std::size_t i = 0; i < want.size(); ++i)
      ASSERT_EQ(std::memcmp(&to[i], &want[i], sizeof(Stored)), 0)
          << name_of(dtype_of<Sum>) << " to " << name_of(dtype_of<Stored>) << ", element " << i << ", " << how.rows
          << " × " << how.count << ", step " << how.step << ", bias " << how.bias;
  }
};

template <class Sum, class Stored>
void check_storing() {
  for (const auto& [rows, count] : {std::pair{1, 1}, {1, 70}, {3, 33}, {9, 32}, {5, 7}, {2, 64}, {0, 4}, {4, 0}})
    for (const std::int64_t step : {1, 3})
      for (const int bias : {0, 1, 2, 3})
        for (const bool add : {false, true})
          for (const bool accumulate : {false, true})
            for (const Activation activation : {Activation::none, Activation::relu, Activation::relu6}) {
              if (is_complex_type<Sum> && activation != Activation::none) continue;
              Trial<Sum, Stored>{{rows, count, step, bias, add, accumulate, activation}}.check();
              if (testing::Test::HasFatalFailure()) return;
            }
}

TEST_P(EpilogueOn, EveryTypeAndShapeIsStoredAsOneNumberWouldBe) {
  check_storing<float, float>();
  check_storing<float, Half>();
  check_storing<float, BFloat16>();
  check_storing<Half, Half>();
  check_storing<BFloat16, BFloat16>();
  check_storing<double, double>();
  check_storing<double, float>();
  check_storing<double, Half>();
  check_storing<double, BFloat16>();
  check_storing<std::int32_t, std::int8_t>();
  check_storing<std::int32_t, std::int32_t>();
  check_storing<std::int64_t, std::int8_t>();
  check_storing<std::int64_t, std::int32_t>();
  check_storing<std::int64_t, std::int64_t>();
  check_storing<std::complex<float>, std::complex<float>>();
  check_storing<std::complex<double>, std::complex<float>>();
  check_storing<std::complex<double>, std::complex<double>>();
}

// All bits of a float that conversion looks at: ties, subnormals, overflow, infinities.
template <class Sum, class Stored>
void check_rounding() {
  std::vector<Sum> sums;
  for (std::uint32_t high = 0; high < 0x10000; ++high)
    for (const std::uint32_t low : {0U, 1U, 0x7fffU, 0x8000U, 0x8001U, 0x1000U})
      sums.push_back(std::bit_cast<float>(high << 16 | low));
  std::vector<Stored> got(sums.size());
  store_rows_for(dtype_of<Sum>, dtype_of<Stored>)(
      {.count = static_cast<std::int64_t>(sums.size()), .sums = sums.data(), .to = got.data()});
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto want = convert<Stored>(sums[i]);
    const auto a = convert<float>(got[i]), b = convert<float>(want);
    ASSERT_TRUE(std::memcmp(&a, &b, sizeof(a)) == 0 || (std::isnan(a) && std::isnan(b))) << sums[i] << ": " << a;
  }
}

TEST_P(EpilogueOn, RoundsOnceToNearestEven) {
  check_rounding<float, BFloat16>();
  check_rounding<float, Half>();
  check_rounding<double, float>();
  check_rounding<double, Half>();
}

TEST_P(EpilogueOn, ZMayBeWhereTheResultGoes) {
  std::vector<float> sums(77), both(77);
  for (std::size_t i = 0; i < both.size(); ++i) {
    sums[i] = static_cast<float>(i);
    both[i] = 3;
  }
  store_rows_for(DType::f32, DType::f32)({.count = 77, .sums = sums.data(), .to = both.data(), .z = both.data()});
  for (std::size_t i = 0; i < both.size(); ++i) EXPECT_EQ(both[i], static_cast<float>(i) + 3);
}

// Sums that end on ties, in the middle, and far beyond what 8 bits hold; two rows with gaps, channels along either.
template <class Stored>
void check_quantized(bool channels_along_rows, std::int64_t step) {
  constexpr std::int64_t rows = 2, count = 37, zero = std::is_same_v<Stored, float> ? 0 : 3;
  std::vector<std::int32_t> sums(rows * count), bias(count);
  std::vector<float> scale(count);
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] = static_cast<std::int32_t>(i % 5 == 0 ? 25000000 * i : i * i - 700);
  for (std::size_t k = 0; k < bias.size(); ++k)
    bias[k] = static_cast<int>(k) - 9, scale[k] = 0.5F + 0.3F * static_cast<float>(k % 4);
  std::vector<Stored> got(static_cast<std::size_t>(rows * (count * step + 5)), Stored(77));
  for (const Activation activation : {Activation::none, Activation::relu}) {
    epilogue::store_quantized_rows_for(dtype_of<Stored>)({.rows = rows,
                                                          .count = count,
                                                          .sums = sums.data(),
                                                          .sums_stride = count,
                                                          .to = got.data(),
                                                          .to_stride = count * step + 5,
                                                          .to_step = step,
                                                          .bias = bias.data(),
                                                          .bias_stride = channels_along_rows ? 1 : 0,
                                                          .bias_step = channels_along_rows ? 0 : 1,
                                                          .scale = scale.data(),
                                                          .zero = zero,
                                                          .activation = activation});
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < count; ++i) {
        const auto k = static_cast<std::size_t>(channels_along_rows ? row : i);
        const float value =
            dequantized(activation, sums[static_cast<std::size_t>(row * count + i)] + bias[k], scale[k]);
        Stored want{};
        if constexpr (std::is_same_v<Stored, float>)
          want = value;
        else
          want = static_cast<Stored>(requantized(value, zero, zero_range(dtype_of<Stored>)));
        ASSERT_EQ(got[static_cast<std::size_t>(row * (count * step + 5) + i * step)], want) << row << " " << i;
      }
    ASSERT_EQ(got[static_cast<std::size_t>(count * step)], Stored(77)) << "wrote behind a row";
  }
}

TEST_P(EpilogueOn, QuantizedSumsAreScaledRoundedAndSaturated) {
  for (const bool channels_along_rows : {false, true})
    for (const std::int64_t step : {1, 3}) {
      check_quantized<std::int8_t>(channels_along_rows, step);
      check_quantized<std::uint8_t>(channels_along_rows, step);
      check_quantized<float>(channels_along_rows, step);
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, EpilogueOn, test::all_targets);

TEST(Epilogue, OtherPairsOfTypesAreNone) {
  EXPECT_EQ(store_rows_for(DType::f32, DType::f64), nullptr);
  EXPECT_EQ(store_rows_for(DType::f32, DType::i8), nullptr);
  EXPECT_EQ(store_rows_for(DType::i32, DType::i64), nullptr);
  EXPECT_EQ(store_rows_for(DType::f16, DType::f32), nullptr);
  EXPECT_EQ(store_rows_for(DType::boolean, DType::boolean), nullptr);
}

}  // namespace
}  // namespace faltung
