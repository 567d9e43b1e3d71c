// Each kind of data finds what the others do not: engines that are wrong on purpose.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "problem/geometry.h"
#include "verify/verify_plan.h"

namespace faltung {
namespace {

using Implementation = std::function<void(const ConvProblem&, const Operands&)>;

void run_reference(const ConvProblem& problem, const Operands& operands) {
  compile(problem, {.only = "reference"}).run(operands);
}

Comparison judged(TestData data, const char* text, const Implementation& run,
                  Accuracy accuracy = Accuracy::reassociated) {
  const ConvProblem problem = canonical(parse_problem(text));
  const auto runnable = [&](const Operands& operands, Workspace) { run(problem, operands); };
  return verify_run_on(data, problem, {0, runnable, accuracy, {}}, 1);
}

void expect_found_by_digits_only(const char* text, const Implementation& run) {
  const Comparison whole = judged(TestData::whole_numbers, text, run);
  EXPECT_TRUE(whole.passed()) << print(whole);
  const Comparison digits = judged(TestData::many_digits, text, run);
  EXPECT_EQ(digits.outcome, Outcome::failed) << text;
  EXPECT_GT(digits.wrong, digits.compared / 20) << print(digits);
  EXPECT_TRUE(judged(TestData::many_digits, text, run_reference).passed());
}

// Images in two parts, of which the first is stored in the written type before the second is added.
void in_two_parts(const ConvProblem& problem, const Operands& operands) {
  ConvProblem part = problem;
  Operands at = operands;
  part.geometry.batch = problem.geometry.batch / 2;
  run_reference(part, at);
  for (const Role role : {Role::x, Role::y}) {
    const auto skipped = part.geometry.batch * problem.operand(role).strides[0] *
                         static_cast<std::int64_t>(size_of(problem.operand(role).dtype));
    part.operand(role).alignment = static_cast<std::uint8_t>(size_of(problem.operand(role).dtype));
    (role == Role::x ? at.x : at.y) = static_cast<std::byte*>(operands.get(role)) + skipped;
  }
  part.geometry.batch = problem.geometry.batch - part.geometry.batch;
  part.accumulate = true;
  run_reference(canonical(part), at);
}

TEST(ManyDigits, FindPartialSumsThatAreRoundedTo16Bits) {
  expect_found_by_digits_only("wgrad bf16 nchw n5 c15 k9 g3 i7x8 f5x1 o3x10 s1 d1 p0x1 notf32 notransforms",
                              in_two_parts);
  expect_found_by_digits_only("wgrad f16 nhwc n4 c8 k8 i9x9 f3x3 p1", in_two_parts);
}

// With the last `lost` bits of both factors rounded away.
Implementation with_short_factors(int lost) {
  return [lost](const ConvProblem& problem, const Operands& operands) {
    std::vector<std::vector<float>> factors;
    Operands rounded = operands;
    for (const Role role : {Role::x, Role::w}) {
      const auto* from = static_cast<const float*>(operands.get(role));
      auto& factor = factors.emplace_back(from, from + numel_of(problem.geometry, role));
      for (float& value : factor) {
        const auto word = std::bit_cast<std::uint32_t>(value);
        value = std::bit_cast<float>((word + (1u << (lost - 1))) >> lost << lost);
      }
      (role == Role::x ? rounded.x : rounded.w) = factor.data();
    }
    run_reference(problem, rounded);
  };
}

TEST(ManyDigits, FindFactorsThatAreRoundedToTf32) {
  for (const char* text : {"fwd f32 nchw n2 c3 k4 i7x6 f3x3 p1 notf32", "fwd f32 nchw n1 c256 k2 i6x6 f3x3 p1 notf32"})
    expect_found_by_digits_only(text, with_short_factors(13));
}

TEST(ManyDigits, FindTheLastPartOfAnF32ThatIsSplitInTwoOf8Bits) {
  expect_found_by_digits_only("fwd f32 nchw n2 c3 k4 i7x6 f3x3 p1 notf32", with_short_factors(7));
}

template <class T>
void pointwise_with_sums_in(const ConvProblem& problem, const Operands& operands) {
  const auto *x = static_cast<const Half*>(operands.x), *w = static_cast<const Half*>(operands.w);
  const std::int64_t positions = problem.geometry.axes[0].in, channels = problem.geometry.in_channels;
  for (std::int64_t k = 0; k < problem.geometry.out_channels; ++k)
    for (std::int64_t i = 0; i < positions; ++i) {
      T sum(0.0f);
      for (std::int64_t c = 0; c < channels; ++c)
        sum = T(static_cast<float>(sum) +
                static_cast<float>(x[c * positions + i]) * static_cast<float>(w[k * channels + c]));
      static_cast<Half*>(operands.y)[k * positions + i] = Half(static_cast<float>(sum));
    }
}

TEST(ManyDigits, FindSumsIn16Bits) {
  const char* const text = "fwd f16 ncw n1 c40 k6 i30 f1";
  expect_found_by_digits_only(text, pointwise_with_sums_in<Half>);
  EXPECT_TRUE(judged(TestData::many_digits, text, pointwise_with_sums_in<float>).passed());
}

TEST(ManyDigits, FindAnF64ThatIsSummedInF32) {
  expect_found_by_digits_only("fwd f64 nchw n2 c3 k4 i7x6 f3x3 p1",
                              [](const ConvProblem& problem, const Operands& operands) {
                                ConvProblem stored = problem;
                                stored.y.dtype = DType::f32;
                                std::vector<float> sums(static_cast<std::size_t>(numel_of(problem.geometry, Role::y)));
                                Operands at = operands;
                                at.y = sums.data();
                                run_reference(canonical(stored), at);
                                for (std::size_t i = 0; i < sums.size(); ++i)
                                  static_cast<double*>(operands.y)[i] = sums[i];
                              });
}

TEST(ManyDigits, OfIntegersFindWhatSaturates) {
  const Implementation saturates = [](const ConvProblem& problem, const Operands& operands) {
    ConvProblem wide = problem;
    wide.y.dtype = DType::i32;
    std::vector<std::int32_t> sums(static_cast<std::size_t>(numel_of(problem.geometry, Role::y)));
    Operands at = operands;
    at.y = sums.data();
    run_reference(canonical(wide), at);
    for (std::size_t i = 0; i < sums.size(); ++i)
      static_cast<std::int8_t*>(operands.y)[i] = static_cast<std::int8_t>(std::clamp(sums[i], -128, 127));
  };
  expect_found_by_digits_only("fwd i8 ncw n1 c4 k6 i30 f3", saturates);
}

// The reference, given values that somebody changed.
Implementation with(const std::function<void(Quantization&)>& change) {
  return [change](const ConvProblem& problem, const Operands& operands) {
    Quantization values = *operands.quantization;
    change(values);
    Operands at = operands;
    at.quantization = &values;
    run_reference(problem, at);
  };
}

TEST(QuantizedData, FindWhatIsForgotten) {
  const std::vector<std::int32_t> no_zeros(12);
  const std::vector<std::pair<const char*, std::function<void(Quantization&)>>> faults{
      {"the zero point of x", [](Quantization& q) { q.x_zero = 0; }},
      {"the zero point of y", [](Quantization& q) { q.y_zero = 0; }},
      {"the next zero point of y", [](Quantization& q) { ++q.y_zero; }},
      {"the zero points of w", [&](Quantization& q) { q.w_zero = no_zeros.data(); }},
      {"whose scale it is", [](Quantization& q) { ++q.scale; }}};
  for (const char* text : {"fwd u8:i8:u8 ncw n1 c6 k10 i30 f3 p1 bias quantized wzero",
                           "fwd i8 nhwc n2 c5 k10 g5 i9x8 f3x3 p1 relu quantized wzero"})
    for (const TestData data : {TestData::whole_numbers, TestData::many_digits}) {
      EXPECT_TRUE(judged(data, text, run_reference).passed()) << text;
      for (const auto& [name, change] : faults)
        EXPECT_EQ(judged(data, text, with(change)).outcome, Outcome::failed) << name << " is forgotten: " << text;
    }
}

TEST(QuantizedData, FindWhatIsNotRoundedToEven) {
  const Implementation half_up = [](const ConvProblem& problem, const Operands& operands) {
    ConvProblem real = problem;
    real.y.dtype = DType::f32;
    real.y.alignment = Operand::max_alignment;
    std::vector<float> values(static_cast<std::size_t>(numel_of(problem.geometry, Role::y)));
    Quantization given = *operands.quantization;
    given.y_zero = 0;
    Operands at = operands;
    at.y = values.data(), at.quantization = &given;
    run_reference(canonical(real), at);
    for (std::size_t i = 0; i < values.size(); ++i)
      static_cast<std::int8_t*>(operands.y)[i] = static_cast<std::int8_t>(std::clamp(
          std::floor(values[i] + 0.5F) + static_cast<float>(operands.quantization->y_zero), -128.0F, 127.0F));
  };
  const char* const text = "fwd i8 ncw n1 c16 k10 i60 f3 quantized";
  EXPECT_EQ(judged(TestData::whole_numbers, text, half_up).outcome, Outcome::failed);
  EXPECT_TRUE(judged(TestData::whole_numbers, text, run_reference).passed());
}

const char* const padded = "fwd f32 ncw n2 c3 k5 i9 f3 p2";
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

// The reference, then a change to each result.
template <class Change>
Implementation changed(Change change) {
  return [change](const ConvProblem& problem, const Operands& operands) {
    run_reference(problem, operands);
    auto* y = static_cast<float*>(operands.y);
    for (std::int64_t i = 0; i < numel_of(problem.geometry, Role::y); ++i) y[i] = change(y[i]);
  };
}

TEST(NotFinite, PassTheDefinition) {
  for (const char* text :
       {padded, "dgrad bf16 nchw n2 c4 k5 i9x8 f3x3 s2 p1", "wgrad f64 nhwc n2 c4 k5 g1 i9x8 f3x3 p1",
        "fwd cf32 nchw n2 c4 k5 i9x8 f3x3 p1 conjw", "fwd f32 ncw n2 c3 k5 i9 f3 p2 bias relu6",
        "fwd f16 ncw n2 c3 k5 i9 f3 p2 add silu accumulate"})
    EXPECT_TRUE(judged(TestData::not_finite, text, run_reference).passed()) << text;
}

TEST(NotFinite, FindWhatDoesNotShow) {
  const auto hidden = changed([](float value) { return std::isnan(value) ? 0.0f : value; });
  EXPECT_EQ(judged(TestData::not_finite, padded, hidden).outcome, Outcome::failed);
  EXPECT_EQ(judged(TestData::not_finite, padded, hidden, Accuracy::transformed).outcome, Outcome::failed);
  const auto clipped = changed([](float value) { return std::isinf(value) ? std::copysign(3e38f, value) : value; });
  EXPECT_EQ(judged(TestData::not_finite, padded, clipped).outcome, Outcome::failed);
}

TEST(NotFinite, MayNotSpreadButWithTransforms) {
  const auto spread = changed([](float) { return not_a_number; });
  EXPECT_EQ(judged(TestData::not_finite, padded, spread).outcome, Outcome::failed);
  const char* const one_image = "fwd f32 ncw n1 c3 k5 i9 f3 p2";
  EXPECT_EQ(judged(TestData::not_finite, one_image, spread).outcome, Outcome::failed);
  EXPECT_TRUE(judged(TestData::not_finite, one_image, spread, Accuracy::transformed).passed());
}

// As a matrix product does it.
TEST(NotFinite, MayMeetTheZerosOfPadding) {
  const Implementation with_zeros = [](const ConvProblem& problem, const Operands& operands) {
    ConvProblem wide = problem;
    const std::int64_t rows = problem.geometry.batch * problem.geometry.in_channels, in = 9, pad = 2;
    wide.geometry.axes[0].in = in + 2 * pad, wide.geometry.axes[0].pad = 0;
    wide.x.strides = operand_strides(wide.geometry, Role::x, MemoryFormat::contiguous);
    std::vector<float> x(static_cast<std::size_t>(rows * (in + 2 * pad)));
    for (std::int64_t i = 0; i < rows * in; ++i)
      x[static_cast<std::size_t>(i / in * (in + 2 * pad) + pad + i % in)] = static_cast<const float*>(operands.x)[i];
    Operands at = operands;
    at.x = x.data();
    run_reference(canonical(wide), at);
  };
  EXPECT_TRUE(judged(TestData::not_finite, padded, with_zeros).passed());
}

}  // namespace
}  // namespace faltung
