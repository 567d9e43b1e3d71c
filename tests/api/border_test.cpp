// padding_mode: what PyTorch and SciPy give, and what every function makes of it.
#include "support/tensors.h"

namespace faltung {
namespace {

using test::elements;
using test::expect_equal;
using test::integers;
using test::tensor;

constexpr Border borders[] = {Border::reflect, Border::replicate, Border::circular, Border::symmetric};

// Element by element, along the last axis of (N, C, in).
Tensor padded_by_hand(const Tensor& x, std::int64_t low, std::int64_t high, Border border) {
  const std::int64_t in = x.size(2);
  Tensor padded = Tensor::empty({x.size(0), x.size(1), in + low + high}, x.dtype);
  for (std::int64_t i = -low; i < in + high; ++i) {
    std::int64_t from = std::clamp<std::int64_t>(i, 0, in - 1);
    if (border == Border::circular) from = (i + in) % in;
    if (border == Border::symmetric) from = i < 0 ? -1 - i : i >= in ? 2 * in - 1 - i : i;
    if (border == Border::reflect) from = i < 0 ? -i : i >= in ? 2 * in - 2 - i : i;
    copy(x.narrow(2, from, 1), padded.narrow(2, i + low, 1));
  }
  return padded;
}

TEST(Borders, AreThoseOfSciPy) {  // scipy.ndimage.correlate with mode mirror, nearest, wrap, grid-mirror
  const Tensor x = tensor({1, 1, 5}, {3, -1, 4, 1, -5}), w = tensor({1, 1, 5}, {1, 2, -3, 4, -2});
  const Tensor picture = tensor({1, 4, 3}, {1, 2, 3, 4, -5, 6, -7, 8, 9, 2, 0, -4});
  const Tensor kernel = tensor({1, 1, 3, 3}, {1, -2, 3, 0, 4, -1, 2, 1, -3});
  const auto line = [&](const char* name) {
    return conv1d(x, w, {}, {.padding = "same", .padding_mode = *border_from_name(name)});
  };
  const auto plane = [&](const char* name) {
    return conv2d(picture, kernel, {}, {.padding = 1, .padding_mode = *border_from_name(name)});
  };
  expect_equal(line("mirror"), tensor({1, 1, 5}, {-19, 22, 3, -18, 17}));
  expect_equal(line("nearest"), tensor({1, 1, 5}, {-12, 26, 3, -6, 11}));
  expect_equal(line("wrap"), tensor({1, 1, 5}, {-30, 18, 3, -22, 35}));
  expect_equal(line("grid-mirror"), tensor({1, 1, 5}, {-16, 26, 3, -6, -1}));
  expect_equal(plane("mirror"), tensor({1, 4, 3}, {-17, 22, -11, 12, -53, 32, -62, 71, -8, 39, -25, -1}));
  expect_equal(plane("nearest"), tensor({1, 4, 3}, {34, -4, -8, -19, -53, 21, -49, 71, 36, 45, 24, 13}));
  expect_equal(plane("wrap"), tensor({1, 4, 3}, {25, -20, 9, 15, -53, 65, -59, 71, 28, 56, 3, -45}));
}

TEST(Borders, EqualAPaddedCopyWithUnevenSidesInEveryType) {
  test::RandomProblems random(4);
  for (DType dtype : {DType::f64, DType::f32, DType::bf16, DType::cf64, DType::i8, DType::i64})
    for (Border border : borders) {
      const Tensor x = integers({2, 4, 6}, dtype, random), w = integers({4, 2, 3}, dtype, random);
      const Tensor b = integers({4}, dtype, random);
      const ConvOptions options{.stride = 2, .padding = {{4, 1}}, .groups = 2, .padding_mode = border};
      expect_equal(conv1d(x, w, b, options), conv1d(padded_by_hand(x, 4, 1, border), w, b, {.stride = 2, .groups = 2}));
    }
}

TEST(Borders, GoWithTheModesOfPadding) {
  test::RandomProblems random(5);
  const Tensor x = integers({1, 2, 7}, DType::f64, random), w = integers({2, 2, 4}, DType::f64, random);
  struct Sides {
    const char* mode;
    std::int64_t low, high;
  };
  for (const Sides& sides :
       {Sides{"same", 1, 2}, Sides{"same_lower", 2, 1}, Sides{"causal", 3, 0}, Sides{"full", 3, 3}})
    for (Border border : borders)
      expect_equal(conv1d(x, w, {}, {.padding = sides.mode, .padding_mode = border}),
                   conv1d(padded_by_hand(x, sides.low, sides.high, border), w));
  expect_equal(conv1d(x, w, {}, {.padding = {{-2, 3}}, .padding_mode = Border::circular}),
               conv1d(padded_by_hand(x, 0, 3, Border::circular).narrow(2, 2, 8), w));
}

TEST(Borders, GradientsAreAdjoint) {
  test::RandomProblems random(6);
  for (Border border : borders) {
    const ConvOptions options{
        .stride = {2, 1}, .padding = {{2, 3}, {1, 0}}, .dilation = {1, 2}, .padding_mode = border};
    const Tensor x = integers({2, 2, 5, 4}, DType::f64, random), w = integers({3, 2, 3, 2}, DType::f64, random);
    const Tensor y = conv2d(x, w, {}, options), gy = integers(y.sizes, DType::f64, random);
    const Gradients gradients = convolution_backward(gy, x, w, options);
    EXPECT_NE(test::dot(gy, y), 0);
    EXPECT_EQ(test::dot(gy, y), test::dot(gradients.input, x));
    EXPECT_EQ(test::dot(gy, y), test::dot(gradients.weight, w));
  }
}

// 129 + 130 and its like need 9 digits; bf16 has 8. Adding up what was rounded would give another number.
TEST(Borders, ADataGradientIsRoundedOnce) {
  const Tensor x = tensor({1, 1, 2}, {0, 0}, DType::bf16), w = tensor({1, 1, 1}, {1}, DType::bf16);
  const Tensor gy = tensor({1, 1, 5}, {1, 1, 1, 256, 3}, DType::bf16);
  const ConvOptions options{.padding = {{3, 0}}, .padding_mode = Border::replicate};
  expect_equal(convolution_backward(gy, x, w, options, {.weight = false}).input,
               tensor({1, 1, 2}, {259, 3}, DType::bf16));
}

TEST(Borders, AreKeptByFusedAndMappedCallsAndThoseIntoGivenMemory) {
  test::RandomProblems random(8);
  for (Border border : borders) {
    const ConvOptions options{.padding = 2, .padding_mode = border};
    const Tensor x = integers({3, 2, 2, 5}, DType::f32, random), w = integers({4, 2, 3}, DType::f32, random);
    const Tensor first = Tensor::borrow(x.select(0, 0), x.owner());
    const Tensor y = conv1d(first, w, {}, options), z = integers(y.sizes, DType::f32, random);
    const Tensor out = Tensor::zeros(y.sizes, DType::f32);
    conv1d_out(out, first, w, {}, options);
    expect_equal(out, y);
    expect_equal(
        convolution_fused(first, w, {}, {.z = z, .activation = Activation::relu}, options),
        convolution_fused(padded_by_hand(first, 2, 2, border), w, {}, {.z = z, .activation = Activation::relu}));
    const Tensor all = vmap_convolution(x, w, {}, {.input = 0}, options);
    const Gradients gradients = vmap_convolution_backward(all, x, w, {.input = 0, .grad_output = 0}, options);
    for (std::int64_t i = 0; i < 3; ++i) {
      expect_equal(all.select(0, i), conv1d(x.select(0, i), w, {}, options));
      const Gradients one = convolution_backward(all.select(0, i), x.select(0, i), w, options);
      expect_equal(gradients.input.select(0, i), one.input);
      expect_equal(gradients.weight.select(0, i), one.weight);
    }
  }
}

TEST(Borders, ThatPadNothingAreTheProblemWithZeros) {
  const Tensor x = Tensor::zeros({1, 1, 8}, DType::f32), w = Tensor::zeros({1, 1, 3}, DType::f32);
  EXPECT_EQ(convolution_problem(x, w, {}, {.padding_mode = Border::reflect}), convolution_problem(x, w));
  EXPECT_NE(convolution_problem(x, w, {}, {.padding = 1, .padding_mode = Border::reflect}),
            convolution_problem(x, w, {}, {.padding = 1}));
}

}  // namespace
}  // namespace faltung
