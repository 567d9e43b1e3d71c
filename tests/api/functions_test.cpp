// What each function computes, on numbers that can be followed by hand.
#include "support/tensors.h"

namespace faltung {
namespace {

using test::expect_equal;
using test::tensor;

TEST(Functions, Conv1dIsACrossCorrelation) {
  const Tensor x = tensor({1, 1, 4}, {1, 2, 3, 4}), w = tensor({1, 1, 2}, {10, 1});
  expect_equal(conv1d(x, w), tensor({1, 1, 3}, {12, 23, 34}));
  expect_equal(conv1d(x, w, tensor({1}, {100})), tensor({1, 1, 3}, {112, 123, 134}));
  expect_equal(conv1d(x, w, {}, {.stride = 2}), tensor({1, 1, 2}, {12, 34}));
  expect_equal(conv1d(x, w, {}, {.dilation = 2}), tensor({1, 1, 2}, {13, 24}));
  expect_equal(conv1d(x, w, {}, {.padding = 1}), tensor({1, 1, 5}, {1, 12, 23, 34, 40}));
  expect_equal(conv1d(x, w, {}, {.padding = {{-1, 2}}}), tensor({1, 1, 4}, {23, 34, 40, 0}));
}

TEST(Functions, ConvTranspose1dIsItsAdjoint) {
  const Tensor x = tensor({1, 1, 3}, {1, 2, 3}), w = tensor({1, 1, 2}, {10, 1});
  expect_equal(conv_transpose1d(x, w), tensor({1, 1, 4}, {10, 21, 32, 3}));
  expect_equal(conv_transpose1d(x, w, {}, {.stride = 2}), tensor({1, 1, 6}, {10, 1, 20, 2, 30, 3}));
  expect_equal(conv_transpose1d(x, w, tensor({1}, {5}), {.stride = 3, .output_padding = 2}),
               tensor({1, 1, 10}, {15, 6, 5, 25, 7, 5, 35, 8, 5, 5}));
  expect_equal(conv_transpose1d(x, w, {}, {.padding = 1}), tensor({1, 1, 2}, {21, 32}));
}

TEST(Functions, GroupsKeepTheirChannelsApart) {
  const Tensor x = tensor({1, 2, 1}, {3, 5}), w = tensor({4, 1, 1}, {1, 10, 100, 1000});
  expect_equal(conv1d(x, w, {}, {.groups = 2}), tensor({1, 4, 1}, {3, 30, 500, 5000}));
}

TEST(Functions, MoreAxesAreOutermostFirst) {
  const Tensor x = tensor({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), w = tensor({1, 1, 1, 2}, {10, 1});
  const Tensor y = tensor({1, 1, 2, 2}, {12, 23, 45, 56});
  expect_equal(conv2d(x, w), y);
  expect_equal(conv2d(x, w, {}, {.stride = {2, 1}}), tensor({1, 1, 1, 2}, {12, 23}));
  expect_equal(conv3d(tensor({1, 1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), tensor({1, 1, 1, 1, 2}, {10, 1})),
               tensor({1, 1, 1, 2, 2}, {12, 23, 45, 56}));
  expect_equal(conv_transpose2d(tensor({1, 1, 1, 2}, {1, 2}), w), tensor({1, 1, 1, 3}, {10, 21, 2}));
  expect_equal(conv_transpose3d(tensor({1, 1, 1, 1, 2}, {1, 2}), tensor({1, 1, 1, 1, 2}, {10, 1})),
               tensor({1, 1, 1, 1, 3}, {10, 21, 2}));
}

TEST(Functions, ConvolutionTakesItsRankFromTheWeight) {
  const Tensor x = tensor({1, 1, 3}, {1, 2, 3}), w = tensor({1, 1, 2}, {10, 1});
  expect_equal(convolution(x, w), conv1d(x, w));
  expect_equal(convolution(x, w, {}, {.stride = 2, .transposed = true}), conv_transpose1d(x, w, {}, {.stride = 2}));
}

TEST(Functions, TheNameDecidesWhetherItIsTransposed) {
  const Tensor x = tensor({1, 1, 3}, {1, 2, 3}), w = tensor({1, 1, 2}, {10, 1});
  expect_equal(conv1d(x, w, {}, {.transposed = true}), conv1d(x, w));
  expect_equal(conv_transpose1d(x, w, {}, {.transposed = false}), conv_transpose1d(x, w));
}

TEST(Functions, AnInputWithoutBatchGivesAResultWithout) {
  test::RandomProblems random(1);
  for (bool transposed : {false, true}) {
    const ConvOptions options{.stride = 2, .transposed = transposed};
    const Tensor x = test::integers({1, 3, 5, 6}, DType::f64, random),
                 w = test::integers({3, 3, 2, 3}, DType::f64, random);
    const Tensor with = convolution(x, w, {}, options), without = convolution(x.squeeze(0), w, {}, options);
    expect_equal(without, with.squeeze(0));
    const Gradients a = convolution_backward(with, x, w, options),
                    b = convolution_backward(without, x.squeeze(0), w, options);
    expect_equal(b.input, a.input.squeeze(0));
    expect_equal(b.weight, a.weight);
    expect_equal(b.bias, a.bias);
  }
}

TEST(Functions, IntegersWorkForward) {
  for (DType dtype : {DType::i8, DType::i32, DType::i64}) {
    const Tensor x = tensor({1, 1, 4}, {1, 2, 3, 4}, dtype), w = tensor({1, 1, 2}, {10, 1}, dtype);
    expect_equal(conv1d(x, w, tensor({1}, {-50}, dtype)), tensor({1, 1, 3}, {-38, -27, -16}, dtype));
  }
}

TEST(Functions, ConjugateViewsAreRead) {
  test::RandomProblems random(1);
  const Tensor x = test::integers({2, 3, 4}, DType::cf64, random), w = test::integers({2, 3, 2}, DType::cf64, random);
  const Tensor b = test::integers({2}, DType::cf64, random);
  const auto resolved = [](const TensorView& view) { return clone(view.conj()); };
  expect_equal(conv1d(x.conj(), w), conv1d(resolved(x), w));
  expect_equal(conv1d(x, w.conj(), b.conj()), conv1d(x, resolved(w), resolved(b)));
}

TEST(Functions, StridesOfInputsAreFree) {
  test::RandomProblems random(1);
  const Tensor x = test::integers({6, 5, 2, 3}, DType::f32, random),
               w = test::integers({2, 3, 2, 4}, DType::f32, random);
  const TensorView xt = x.transpose(0, 3).transpose(1, 2), wt = w.transpose(0, 1);  // (3, 2, 5, 6) and (3, 2, 2, 4)
  expect_equal(conv2d(xt, wt), conv2d(clone(xt), clone(wt)));
  const Tensor one = test::integers({1, 1, 1, 1}, DType::f32, random);
  const TensorView repeated(one.data, DType::f32, {2, 2, 4, 4}, {0, 0, 0, 0});
  expect_equal(conv2d(repeated, wt), conv2d(clone(repeated), wt));
}

TEST(Gradients, OnlyWhatTheMaskAsksForIsComputed) {
  test::RandomProblems random(1);
  const Tensor x = test::integers({2, 3, 5}, DType::f64, random), w = test::integers({4, 3, 2}, DType::f64, random);
  const Tensor gy = test::integers({2, 4, 4}, DType::f64, random);
  TensorView shape_of_x = x, shape_of_w = w;  // extents without data: reading them would be noticed
  shape_of_x.data = shape_of_w.data = nullptr;
  const Gradients all = convolution_backward(gy, x, w),
                  input = convolution_backward(gy, shape_of_x, w, {}, {true, false, false});
  EXPECT_FALSE(input.weight.defined || input.bias.defined);
  expect_equal(input.input, all.input);
  const Gradients weight = convolution_backward(gy, x, shape_of_w, {}, {false, true, false});
  EXPECT_FALSE(weight.input.defined || weight.bias.defined);
  expect_equal(weight.weight, all.weight);
  const Gradients bias = convolution_backward(gy, shape_of_x, shape_of_w, {}, {false, false, true});
  EXPECT_FALSE(bias.input.defined || bias.weight.defined);
  expect_equal(bias.bias, all.bias);
}

TEST(Gradients, SecondOnesWithoutContributionsAreZero) {
  test::RandomProblems random(1);
  const Tensor x = test::integers({2, 3, 5}, DType::f64, random), w = test::integers({4, 3, 2}, DType::f64, random);
  const Tensor gy = test::integers({2, 4, 4}, DType::f64, random), ggb = test::integers({4}, DType::f64, random);
  const DoubleGradients none = convolution_double_backward({}, {}, {}, gy, x, w);
  expect_equal(none.grad_output, Tensor::zeros({2, 4, 4}, DType::f64));
  expect_equal(none.input, Tensor::zeros({2, 3, 5}, DType::f64));
  expect_equal(none.weight, Tensor::zeros({4, 3, 2}, DType::f64));
  const DoubleGradients only_bias = convolution_double_backward({}, {}, ggb, gy, x, w, {}, {true, false, false});
  EXPECT_EQ(test::dot(only_bias.grad_output, gy), test::dot(ggb, convolution_backward(gy, x, w).bias));
  EXPECT_FALSE(only_bias.input.defined || only_bias.weight.defined);
}

TEST(ConvolutionProblem, IsTheOneThatTheCallRuns) {
  const Tensor x = Tensor::zeros({2, 6, 8, 8}, DType::f32), w = Tensor::zeros({4, 3, 3, 3}, DType::f32);
  EXPECT_EQ(print(convolution_problem(x, w, Tensor::zeros({4}, DType::f32), {.padding = "same", .groups = 2})),
            "fwd f32 nchw n2 c6 k4 g2 i8x8 f3x3 o8x8 s1 d1 p1 bias");
  EXPECT_EQ(convolution_problem(x, w, {}, {.groups = 2}, Wanted::grad_weight).pass, Pass::WeightGrad);
  EXPECT_EQ(convolution_problem(x, w, {}, {.groups = 2}, Wanted::grad_input).pass, Pass::DataGrad);
}

}  // namespace
}  // namespace faltung
