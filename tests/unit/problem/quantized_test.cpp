// What a quantised problem means, and what means nothing.
#include "problem/quantized.h"

#include <gtest/gtest.h>

#include <vector>

#include "faltung/compile.h"
#include "faltung/verify.h"

namespace faltung {
namespace {

std::string refusal_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return {};
}

TEST(QuantizedProblem, HasATextAndAHash) {
  for (const char* text : {"fwd u8:i8:u8 nhwc n1 c4 k8 g1 i9x9 f3x3 o9x9 s1 d1 p1 bias relu quantized constw",
                           "fwd u8:u8:i32 ncw n1 c4 k8 g2 i9 f3 o7 s1 d1 p0 quantized wzero"})
    EXPECT_EQ(print(parse_problem(text)), text);
  const ConvProblem plain = parse_problem("i8 i9 f3"), quantized = parse_problem("i8 i9 f3 quantized");
  EXPECT_NE(plain, quantized);
  EXPECT_NE(hash_value(plain), hash_value(quantized));
  EXPECT_NE(hash_value(quantized), hash_value(parse_problem("i8 i9 f3 quantized wzero")));
}

TEST(QuantizedProblem, IsRefusedWhereItMeansNothing) {
  for (const char* text :
       {"u8 i9 f3", "i8 i9 f3 wzero", "f32 i9 f3 quantized", "dgrad i8 i9 f3 quantized", "wgrad i8 i9 f3 quantized",
        "u8 i9 f3 quantized", "i8:i8:i64 i9 f3 quantized", "i8 i9 f3 quantized add", "i8 i9 f3 quantized relu6",
        "i8 i9 f3 quantized accumulate", "i8 i9 f3 quantized acc:i64", "i8:i32:i8 i9 f3 quantized"})
    EXPECT_THROW(parse_problem(text), Error) << text;
  EXPECT_EQ(parse_problem("i8 i9 f3 quantized acc:i32"), parse_problem("i8 i9 f3 quantized"));
}

TEST(QuantizedProblem, HasNoOtherPassButOtherBatches) {
  const ConvProblem problem = parse_problem("u8:i8:u8 i9 f3 quantized");
  EXPECT_THROW(changed(problem, {.pass = Pass::DataGrad}), Error);
  EXPECT_EQ(changed(problem, {.batch = 3}), parse_problem("u8:i8:u8 n3 i9 f3 quantized"));
}

TEST(QuantizedResult, IsRoundedToEvenMovedAndSaturated) {
  const ZeroRange i8 = zero_range(DType::i8), u8 = zero_range(DType::u8);
  EXPECT_EQ(requantized(0.5F, 0, i8), 0);
  EXPECT_EQ(requantized(1.5F, 0, i8), 2);
  EXPECT_EQ(requantized(0.5F, 1, i8), 1);  // rounded first: 0 + 1, not the 2 next to 1.5
  EXPECT_EQ(requantized(-2.5F, 3, u8), 1);
  EXPECT_EQ(requantized(127.4F, 0, i8), 127);
  EXPECT_EQ(requantized(200, 0, i8), 127);
  EXPECT_EQ(requantized(-129, 0, i8), -128);
  EXPECT_EQ(requantized(1e30F, -128, i8), 127);
  EXPECT_EQ(requantized(-1e30F, 255, u8), 0);
  EXPECT_EQ(dequantized(Activation::relu, -3, 2), 0);
  EXPECT_EQ(dequantized(Activation::none, -3, 2), -6);
}

// One sum of two terms, (x − 3)·(w − 1) + bias, and one that meets padding, which adds nothing.
TEST(QuantizedReference, IsTheFormula) {
  const std::uint8_t x[] = {5, 0};
  const std::int8_t w[] = {7, -9};
  const std::int32_t bias[] = {4}, w_zero[] = {1};
  const float scale[] = {0.25F};
  const Quantization values{.scale = scale, .w_zero = w_zero, .x_zero = 3, .y_zero = 10};
  const std::int32_t sums[] = {(5 - 3) * (7 - 1) + (0 - 3) * (-9 - 1) + 4, (0 - 3) * (7 - 1) + 4};  // 46, −14
  const auto run = [&](const char* y_type, void* y) {
    const std::string text = std::string("u8:i8:") + y_type + " ncw i2 f2 o2 bias quantized wzero align:1:1:1";
    Quantization given = values;
    if (std::string_view(y_type) == "i32") given.scale = nullptr;
    if (std::string_view(y_type) == "i32" || std::string_view(y_type) == "f32") given.y_zero = 0;
    compile(parse_problem(text), {.only = "reference"})
        .run({.x = const_cast<std::uint8_t*>(x),
              .w = const_cast<std::int8_t*>(w),
              .y = y,
              .bias = bias,
              .quantization = &given});
  };
  std::int32_t whole[2];
  run("i32", whole);
  EXPECT_EQ(whole[0], sums[0]);
  EXPECT_EQ(whole[1], sums[1]);
  float real[2];
  run("f32", real);
  EXPECT_EQ(real[0], 11.5F);
  EXPECT_EQ(real[1], -3.5F);
  std::uint8_t byte[2];
  run("u8", byte);
  EXPECT_EQ(byte[0], 22);  // 12 + 10
  EXPECT_EQ(byte[1], 6);   // −4 + 10
}

class QuantizedRun : public testing::Test {
 protected:
  std::string refusal(const std::string& text) {
    const CompiledConv compiled = compile(parse_problem(text), {.only = "reference"});
    return refusal_of([&] { compiled.run({.x = x, .w = w, .y = y, .quantization = given ? &values : nullptr}); });
  }
  alignas(16) std::int8_t x[16] = {}, w[16] = {}, y[64] = {};
  float scale[2] = {1, 1};
  std::int32_t w_zero[2] = {0, 0};
  Quantization values{.scale = scale};
  bool given = true;
};

TEST_F(QuantizedRun, RefusesValuesThatMeanNothing) {
  const std::string i8 = "i8 ncw k2 i4 f3 quantized", wide = "i8:i8:i32 ncw k2 i4 f3 quantized";
  EXPECT_EQ(refusal(i8), "");
  EXPECT_NE(refusal("i8 ncw k2 i4 f3").find("not quantised"), std::string::npos);
  EXPECT_NE(refusal(wide).find("the sums as they are"), std::string::npos);
  EXPECT_NE(refusal(i8 + " wzero").find("w_zero is a null pointer"), std::string::npos);
  values.x_zero = 128;
  EXPECT_NE(refusal(i8).find("the zero point of x is 128, but of i8 it is from -128 to 127"), std::string::npos);
  values.x_zero = 0, values.y_zero = -129;
  EXPECT_NE(refusal(i8).find("of y is -129"), std::string::npos);
  values.y_zero = 0, values.w_zero = w_zero, w_zero[1] = 128;
  EXPECT_NE(refusal(i8).find("zero points of w are given"), std::string::npos);
  EXPECT_NE(refusal(i8 + " wzero").find("of w is 128"), std::string::npos);
  values = {.scale = nullptr};
  EXPECT_NE(refusal(i8).find("scale is a null pointer"), std::string::npos);
  EXPECT_EQ(refusal(wide), "");
  given = false;
  EXPECT_NE(refusal(i8).find("quantization is a null pointer"), std::string::npos);
}

TEST(QuantizedEngines, AreThoseThatSaySo) {
  const Selection selection = explain(parse_problem("u8:i8:u8 nhwc n1 c8 k8 i9x9 f3x3 p1 quantized"));
  int refused = 0;
  for (const Candidate& candidate : selection.candidates)
    refused += candidate.reason.find("takes no quantised problems") != std::string::npos;
  EXPECT_GT(refused, 5);
  ASSERT_NE(selection.chosen(), nullptr);
}

}  // namespace
}  // namespace faltung
