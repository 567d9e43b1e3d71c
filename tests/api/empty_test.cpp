// Extents of zero: results of the right shape, zeros or the bias.
#include "support/tensors.h"

namespace faltung {
namespace {

Tensor zeros(const Dims& sizes) { return Tensor::zeros(sizes, DType::f32); }
Tensor ones(const Dims& sizes) {
  const Tensor tensor = zeros(sizes);
  fill(tensor, 1);
  return tensor;
}

TEST(Empty, BatchGivesAnEmptyResultOfTheRightShape) {
  EXPECT_EQ(conv2d(zeros({0, 3, 8, 8}), ones({4, 3, 3, 3})).sizes, (Dims{0, 4, 6, 6}));
  EXPECT_EQ(conv_transpose2d(zeros({0, 3, 8, 8}), ones({3, 4, 3, 3})).sizes, (Dims{0, 4, 10, 10}));
  EXPECT_EQ(conv2d(zeros({0, 3, 0, 8}), ones({4, 3, 3, 3}), {}, {.padding = 2}).sizes, (Dims{0, 4, 2, 10}));
}

TEST(Empty, BatchGivesGradientsOfZero) {
  for (bool transposed : {false, true}) {
    const ConvOptions options{.transposed = transposed};
    const Tensor x = zeros({0, 3, 8}), w = ones({3, 3, 2});
    const Gradients g = convolution_backward(convolution(x, w, {}, options), x, w, options);
    EXPECT_EQ(g.input.sizes, x.sizes);
    test::expect_equal(g.weight, zeros({3, 3, 2}));
    test::expect_equal(g.bias, zeros({3}));
  }
}

TEST(Empty, ChannelsGiveTheBias) {
  const Tensor y = conv1d(zeros({2, 0, 4}), zeros({3, 0, 2}), test::tensor({3}, {1, 2, 3}, DType::f32));
  test::expect_equal(y, test::tensor({2, 3, 3}, {1, 1, 1, 2, 2, 2, 3, 3, 3, 1, 1, 1, 2, 2, 2, 3, 3, 3}, DType::f32));
  test::expect_equal(conv1d(zeros({2, 0, 4}), zeros({3, 0, 2})), zeros({2, 3, 3}));
  const Gradients g = convolution_backward(ones({2, 3, 3}), zeros({2, 0, 4}), zeros({3, 0, 2}));
  EXPECT_EQ(g.input.sizes, (Dims{2, 0, 4}));
  EXPECT_EQ(g.weight.sizes, (Dims{3, 0, 2}));
  test::expect_equal(g.bias, test::tensor({3}, {6, 6, 6}, DType::f32));
}

TEST(Empty, DoubleGradientsHaveTheirShapes) {
  const Tensor x = zeros({0, 3, 8}), w = ones({4, 3, 2}), gy = zeros({0, 4, 7});
  const DoubleGradients g = convolution_double_backward(x, w, zeros({4}), gy, x, w);
  EXPECT_EQ(g.grad_output.sizes, gy.sizes);
  EXPECT_EQ(g.input.sizes, x.sizes);
  test::expect_equal(g.weight, zeros({4, 3, 2}));
}

TEST(Empty, MappedAxisGivesStacksOfNothing) {
  const Tensor x = zeros({0, 2, 3, 8}), w = ones({4, 3, 2});
  EXPECT_EQ(vmap_convolution(x, w, {}, {.input = 0}).sizes, (Dims{0, 2, 4, 7}));
  const Gradients g = vmap_convolution_backward(zeros({0, 2, 4, 7}), x, w, {.input = 0, .grad_output = 0});
  EXPECT_EQ(g.input.sizes, (Dims{0, 2, 3, 8}));
  EXPECT_EQ(g.weight.sizes, (Dims{0, 4, 3, 2}));
  EXPECT_EQ(g.bias.sizes, (Dims{0, 4}));
}

}  // namespace
}  // namespace faltung
