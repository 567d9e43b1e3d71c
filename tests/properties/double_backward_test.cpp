// Backward and double backward are derivatives: of a form that is linear in each of its arguments, so the derivative by
// one of them, times that argument, is the form itself. Exact on integers, complex ones too.
#include "support/random_call.h"

namespace faltung {
namespace {

using test::dot;
using test::RandomCall;
using test::RandomProblems;

constexpr int repetitions = 150;

DType exact(DType dtype) { return is_complex(dtype) ? DType::cf64 : DType::f64; }

TEST(Backward, IsTheDerivativeOfTheForward) {
  RandomProblems random(test::announced_seed());
  int nonzero = 0;
  for (int i = 0; i < repetitions && !HasFailure(); ++i) {
    const RandomCall call = test::random_call(random);
    SCOPED_TRACE(call.text());
    const DType dtype = exact(call.dtype);
    const Tensor x = test::integers(call.input, dtype, random), w = test::integers(call.weight, dtype, random);
    const Tensor b = test::integers({call.channels()}, dtype, random), gy = test::integers(call.output, dtype, random);
    const Gradients gradients = convolution_backward(gy, x, w, call.options);
    const double form = dot(gy, convolution(x, w, {}, call.options));
    EXPECT_EQ(dot(gradients.input, x), form);
    EXPECT_EQ(dot(gradients.weight, w), form);
    EXPECT_EQ(dot(gradients.bias, b), dot(gy, convolution(x, w, b, call.options)) - form);
    nonzero += form != 0;
  }
  EXPECT_GT(nonzero, repetitions / 2);
}

TEST(DoubleBackward, IsTheDerivativeOfTheBackward) {
  RandomProblems random(test::announced_seed());
  int nonzero = 0;
  for (int i = 0; i < repetitions && !HasFailure(); ++i) {
    const RandomCall call = test::random_call(random);
    SCOPED_TRACE(call.text());
    const DType dtype = exact(call.dtype);
    const Tensor x = test::integers(call.input, dtype, random), w = test::integers(call.weight, dtype, random);
    const Tensor gy = test::integers(call.output, dtype, random),
                 ggb = test::integers({call.channels()}, dtype, random);
    const Tensor ggx = test::integers(call.input, dtype, random), ggw = test::integers(call.weight, dtype, random);
    const Gradients first = convolution_backward(gy, x, w, call.options);
    const DoubleGradients second = convolution_double_backward(ggx, ggw, ggb, gy, x, w, call.options);
    const double by_input = dot(ggx, first.input), by_weight = dot(ggw, first.weight), by_bias = dot(ggb, first.bias);
    EXPECT_EQ(dot(second.grad_output, gy), by_input + by_weight + by_bias);
    EXPECT_EQ(dot(second.input, x), by_weight);
    EXPECT_EQ(dot(second.weight, w), by_input);
    nonzero += by_input != 0 && by_weight != 0;
  }
  EXPECT_GT(nonzero, repetitions / 2);
}

// Of three summands in 16 bits, adding two rounded ones would be off.
TEST(DoubleBackward, RoundsItsSumOnce) {
  RandomProblems random(test::announced_seed());
  for (int i = 0; i < repetitions && !HasFailure(); ++i) {
    const RandomCall call = test::random_call(random);
    SCOPED_TRACE(call.text());
    const auto operand = [&](const Dims& sizes) { return test::integers(sizes, DType::f64, random, 15); };
    const Tensor x = operand(call.input), w = operand(call.weight), gy = operand(call.output);
    const Tensor ggx = operand(call.input), ggw = operand(call.weight), ggb = operand({call.channels()});
    const auto narrow = [](const Tensor& t) { return cast(t, DType::bf16); };
    const Tensor exact =
        convolution_double_backward(ggx, ggw, ggb, gy, x, w, call.options, {true, false, false}).grad_output;
    const Tensor rounded = convolution_double_backward(narrow(ggx), narrow(ggw), narrow(ggb), narrow(gy), narrow(x),
                                                       narrow(w), call.options, {true, false, false})
                               .grad_output;
    test::expect_equal(rounded, cast(exact, DType::bf16));
  }
}

}  // namespace
}  // namespace faltung
