// convolution_quantized: what it computes, by hand, and what it refuses.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "faltung/conv_quantized.h"

namespace faltung {
namespace {

template <class T>
Tensor tensor_of(const Dims& sizes, const std::function<int(std::int64_t)>& value) {
  Tensor tensor = Tensor::empty(sizes, dtype_of<T>);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) tensor.as<T>()[i] = static_cast<T>(value(i));
  return tensor;
}

template <class T>
std::vector<T> values_of(const Tensor& tensor) {
  return {tensor.as<T>(), tensor.as<T>() + tensor.numel()};
}

class Quantized : public testing::Test {
 protected:
  const Tensor input =
      tensor_of<std::uint8_t>({1, 2, 3}, [](std::int64_t i) { return static_cast<int>(10 * i + 100); });
  const Tensor weight = tensor_of<std::int8_t>({2, 2, 2}, [](std::int64_t i) { return static_cast<int>(i) - 3; });
  const Tensor bias = tensor_of<std::int32_t>({2}, [](std::int64_t i) { return i == 0 ? 7 : -7; });
  const Tensor scale = tensor_of<float>({2}, [](std::int64_t i) { return i == 0 ? 1 : 2; });
  // x − 110: −10 0 10, 20 30 40; w: −3 −2, −1 0; 1 2, 3 4
  const std::vector<std::int32_t> sums{30 + 0 - 20 + 7, 0 - 20 - 30 + 7, -10 + 0 + 60 + 120 - 7, 0 + 20 + 90 + 160 - 7};

  void expect_refused(const QuantizedForm& form, const char* part, const ConvOptions& options = {}) const {
    try {
      convolution_quantized(input, weight, bias, form, options);
      FAIL() << "not refused: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
};

TEST_F(Quantized, SumsAreThoseOfDistancesFromTheZeroPoint) {
  const Tensor y = convolution_quantized(input, weight, bias, {.input_zero = 110, .output = DType::i32});
  EXPECT_EQ(y.sizes, Dims({1, 2, 2}));
  EXPECT_EQ(values_of<std::int32_t>(y), sums);
}

TEST_F(Quantized, ResultsAreScaledByChannelRoundedAndSaturated) {
  const QuantizedForm form{.scale = scale, .input_zero = 110, .output_zero = -1, .output = DType::i8};
  EXPECT_EQ(values_of<std::int8_t>(convolution_quantized(input, weight, bias, form)),
            (std::vector<std::int8_t>{16, -44, 127, 127}));
  QuantizedForm real = form;
  real.output = DType::f32, real.output_zero = 0;
  EXPECT_EQ(values_of<float>(convolution_quantized(input, weight, bias, real)),
            (std::vector<float>{17, -43, 326, 526}));
  QuantizedForm relu = form;
  relu.activation = Activation::relu;
  EXPECT_EQ(convolution_quantized(input, weight, bias, relu).as<std::int8_t>()[1], -1);  // 0, and the zero point
}

TEST_F(Quantized, OneScaleOrZeroPointStandsForAllChannels) {
  const Tensor half = tensor_of<float>({}, [](std::int64_t) { return 1; });
  half.as<float>()[0] = 0.5F;
  const Tensor one = tensor_of<std::int32_t>({1}, [](std::int64_t) { return 1; });
  const QuantizedForm form{
      .scale = half, .weight_zero = one, .input_zero = 110, .output_zero = 100, .output = DType::u8};
  // −23, −123, 123 and 183, halved: ties go to the even neighbour.
  EXPECT_EQ(values_of<std::uint8_t>(convolution_quantized(input, weight, bias, form)),
            (std::vector<std::uint8_t>{100 - 12, 100 - 62, 100 + 62, 100 + 92}));
}

TEST_F(Quantized, AnOutputOfTheCallersIsWritten) {
  const Tensor out = Tensor::zeros({2, 2}, DType::i8);  // without a batch, as the input
  const QuantizedForm form{.scale = scale, .input_zero = 110, .output_zero = -1, .output = DType::i8};
  convolution_quantized_out(out, input.squeeze(0), weight, bias, form);
  EXPECT_EQ(values_of<std::int8_t>(out), (std::vector<std::int8_t>{16, -44, 127, 127}));
}

TEST_F(Quantized, CallsThatMeanNothingAreRefused) {
  const QuantizedForm form{.scale = scale, .output = DType::i8};
  QuantizedForm wrong = form;
  wrong.scale = {};
  expect_refused(wrong, "the scale is left out");
  wrong = form, wrong.output = DType::i32;
  expect_refused(wrong, "sums in i32 have no scale");
  wrong = form, wrong.output = DType::i64;
  expect_refused(wrong, "the output is to be i64");
  wrong = form, wrong.input_zero = -1;
  expect_refused(wrong, "input_zero is -1; of u8 it is from 0 to 255");
  wrong = form, wrong.output_zero = 128;
  expect_refused(wrong, "output_zero is 128; of i8 it is from -128 to 127");
  wrong = form, wrong.activation = Activation::gelu;
  expect_refused(wrong, "the activation gelu");
  const Tensor three = tensor_of<std::int32_t>({3}, [](std::int64_t) { return 0; });
  wrong = form, wrong.weight_zero = three;
  expect_refused(wrong, "weight_zero has the shape [3]");
  const Tensor large = tensor_of<std::int32_t>({2}, [](std::int64_t) { return 200; });
  wrong = form, wrong.weight_zero = large;
  expect_refused(wrong, "weight_zero is 200");
  const Tensor endless = Tensor::empty({1}, DType::f32);
  endless.as<float>()[0] = std::numeric_limits<float>::infinity();
  wrong = form, wrong.scale = endless;
  expect_refused(wrong, "scale has an entry that is not finite");
  expect_refused(form, "transposed convolutions are not quantised", {.transposed = true});
  EXPECT_THROW(convolution_quantized(input, weight, scale, form), Error);         // a bias of f32
  EXPECT_THROW(convolution_quantized(bias, weight, bias, form), Error);           // an input of i32
  EXPECT_THROW(convolution_quantized_out({}, input, weight, bias, form), Error);  // nowhere to write
}

}  // namespace
}  // namespace faltung
