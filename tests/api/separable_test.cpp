// Filters that are products of one filter for each axis, and convolutions by their factors.
#include "faltung/separable.h"

#include <cmath>

#include "problem/tolerance.h"
#include "support/tensors.h"

namespace faltung {
namespace {

using test::elements;
using test::expect_equal;
using test::integers;

// The product of factors (O, 1, 1…, k, 1…), in f64.
Tensor product_of(const std::vector<Tensor>& factors) {
  Tensor product = cast(factors.front(), DType::f64);
  for (std::size_t i = 1; i < factors.size(); ++i) {
    const auto [a, b] = std::pair(elements(product), elements(factors[i]));
    Dims sizes = product.sizes;
    for (int axis = 2; axis < sizes.size(); ++axis) sizes[axis] *= factors[i].size(axis);
    const std::size_t rows = a.size() / static_cast<std::size_t>(sizes[0]),
                      taps = b.size() / static_cast<std::size_t>(sizes[0]);
    product = Tensor::empty(sizes, DType::f64);
    for (std::size_t j = 0; j < a.size(); ++j)
      for (std::size_t k = 0; k < taps; ++k)
        product.as<double>()[j * taps + k] = (a[j] * b[j / rows * taps + k]).real();
  }
  return product;
}

std::vector<Tensor> whole_factors(std::int64_t channels, const Dims& taps, test::RandomProblems& random) {
  std::vector<Tensor> factors;
  for (int axis = 0; axis < taps.size(); ++axis) {
    Dims sizes = Dims::filled(taps.size() + 2, 1);
    sizes[0] = channels;
    sizes[axis + 2] = taps[axis];
    factors.push_back(integers(sizes, DType::f64, random));
  }
  return factors;
}

TEST(Separated, EqualsTheConvolutionByTheProduct) {
  test::RandomProblems random{5};
  const std::vector<ConvOptions> options = {
      {},
      {.stride = {2, 1, 3}, .padding = {1, 0, 2}, .dilation = {1, 2, 1}},
      {.padding = {{2, -1}, {0, 3}, {1, 1}}},
      {.stride = 2, .padding = "same"},
      {.padding = "full"},
      {.padding = "causal", .dilation = 2},
      {.padding = {1, 1, 2}, .padding_mode = Border::reflect},
      {.padding = {1, 2, 3}, .padding_mode = Border::replicate},
      {.padding = {1, 2, 1}, .padding_mode = Border::circular},
  };
  for (ConvOptions option : options) {
    option.groups = 2;
    const std::vector<Tensor> factors = whole_factors(6, {2, 3, 4}, random);
    const Tensor bias = integers({6}, DType::f64, random);
    for (const Dims& sizes : {Dims{3, 2, 7, 8, 9}, Dims{2, 7, 8, 9}}) {
      const Tensor x = integers(sizes, DType::f64, random);
      expect_equal(convolution_separated(x, factors, bias, option), convolution(x, product_of(factors), bias, option));
    }
  }
}

TEST(Separated, AxesWithoutAFactorKeepTheirStrideAndPadding) {
  test::RandomProblems random{6};
  const std::vector<Tensor> factors = whole_factors(3, {3, 1, 2}, random);
  const Tensor x = integers({1, 3, 6, 7, 8}, DType::f64, random);
  const ConvOptions options{.stride = 2, .padding = 1, .groups = 3};
  for (const std::vector<Tensor>& some : {factors, {factors[0], factors[2]}, {factors[2]}})
    expect_equal(convolution_separated(x, some, {}, options), convolution(x, product_of(some), {}, options));
}

TEST(Separated, ProblemsAreThoseOfThePasses) {
  test::RandomProblems random{7};
  const std::vector<Tensor> factors = whole_factors(4, {3, 5}, random);
  const Tensor x = integers({1, 4, 9, 9}, DType::f64, random);
  const auto problems = separated_problems(x, factors, {}, {.stride = 2, .padding = "same", .groups = 4});
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(print(problems[0]), "fwd f64 nchw n1 c4 k4 g4 i9x9 f3x1 o5x9 s2x1 d1 p1x0");
  EXPECT_EQ(print(problems[1]), "fwd f64 nchw n1 c4 k4 g4 i5x9 f1x5 o5x5 s1x2 d1 p0x2");
}

Tensor gaussian(const Dims& taps, double sigma, DType dtype) {
  Tensor filter = Tensor::empty(taps, DType::f64);
  const Dims strides = dense_strides(taps);
  for (std::int64_t i = 0; i < filter.numel(); ++i) {
    double distance = 0;
    for (int axis = 2; axis < taps.size(); ++axis) {
      const double at = static_cast<double>(i / strides[axis] % taps[axis]) - static_cast<double>(taps[axis] - 1) / 2;
      distance += at * at;
    }
    filter.as<double>()[i] = std::exp(-distance / (2 * sigma * sigma));
  }
  return cast(filter, dtype);
}

// The greatest element of |a − b|.
double greatest_difference(const TensorView& a, const TensorView& b) {
  const auto left = elements(a), right = elements(b);
  double greatest = 0;
  for (std::size_t i = 0; i < left.size(); ++i) greatest = std::max(greatest, std::abs(left[i] - right[i]));
  return greatest;
}

TEST(Separate, FindsTheFactorsOfAGaussianToWithinTheTolerance) {
  test::RandomProblems random{8};
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor w = gaussian({2, 1, 5, 7, 9}, 1.5, dtype), x = integers({1, 2, 12, 12, 12}, dtype, random);
    const std::vector<Tensor> factors = separate(w);
    ASSERT_EQ(factors.size(), 3U);
    EXPECT_EQ(factors[1].sizes, (Dims{2, 1, 1, 7, 1}));
    const ConvOptions options{.padding = "same", .groups = 2};
    const Tolerance tolerance =
        tolerance_of(convolution_problem(x, w, {}, options), Accuracy::reassociated, {.exact_sums = false});
    const Tensor want = convolution(cast(x, DType::f64), cast(w, DType::f64), {}, options);
    EXPECT_LE(greatest_difference(convolution_separated(x, factors, {}, options), want), tolerance.at(0));
  }
}

TEST(Separate, FindsWholeNumbersAndZeros) {
  const std::vector<Tensor> sobel = separate(test::tensor({1, 1, 3, 3}, {-1, 0, 1, -2, 0, 2, -1, 0, 1}));
  ASSERT_EQ(sobel.size(), 2U);
  expect_equal(product_of(sobel), test::tensor({1, 1, 3, 3}, {-1, 0, 1, -2, 0, 2, -1, 0, 1}));
  EXPECT_EQ(separate(Tensor::zeros({2, 1, 3, 3}, DType::f32)).size(), 2U);
  EXPECT_EQ(separate(test::tensor({1, 1, 2, 1, 2}, {1, 2, 2, 4})).size(), 2U);
}

TEST(Separate, LeavesWhatIsNoProduct) {
  Tensor nearly = gaussian({1, 1, 5, 5}, 1, DType::f32);
  nearly.as<float>()[7] *= 1 + 1e-5F;
  EXPECT_TRUE(separate(nearly).empty());
  EXPECT_TRUE(separate(test::tensor({1, 1, 3, 3}, {0, -1, 0, -1, 5, -1, 0, -1, 0})).empty());
  EXPECT_TRUE(separate(test::tensor({2, 1, 2, 2}, {1, 1, 1, 1, 1, 0, 0, 1})).empty());
  for (const double odd : {std::nan(""), HUGE_VAL})
    EXPECT_TRUE(separate(test::tensor({1, 1, 2, 2}, {odd, 1, 1, 1})).empty());
  EXPECT_TRUE(separate(test::tensor({1, 2, 2, 2}, {1, 1, 1, 1, 1, 1, 1, 1})).empty()) << "two input channels";
  EXPECT_TRUE(separate(test::tensor({1, 1, 4}, {1, 1, 1, 1})).empty()) << "one axis";
  EXPECT_TRUE(separate(test::tensor({1, 1, 1, 4}, {1, 1, 1, 1})).empty()) << "one axis with taps";
  EXPECT_TRUE(separate(test::tensor({1, 1, 2, 2}, {1, 1, 1, 1}, DType::f16)).empty());
  EXPECT_TRUE(separate(Tensor::empty({0, 1, 2, 2}, DType::f32)).empty());
  EXPECT_TRUE(separate({}).empty());
}

TEST(Separated, RefusesWhatIsNoSuchCall) {
  test::RandomProblems random{9};
  const Tensor x = integers({1, 2, 8, 8}, DType::f64, random);
  const std::vector<Tensor> factors = whole_factors(2, {3, 3}, random);
  const auto refused = [&](const std::vector<Tensor>& some, const ConvOptions& options) {
    try {
      convolution_separated(x, some, {}, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      return std::string(error.what());
    }
    return std::string("done");
  };
  const ConvOptions right{.groups = 2};
  EXPECT_EQ(refused(factors, right), "done");
  EXPECT_NE(refused({}, right).find("there are no factors"), std::string::npos);
  EXPECT_NE(refused({Tensor()}, right).find("(O, 1, k…)"), std::string::npos);
  EXPECT_NE(refused({factors[0], factors[0]}, right).find("axis of its own"), std::string::npos);
  EXPECT_NE(refused({product_of(factors)}, right).find("axis of its own"), std::string::npos);
  EXPECT_NE(refused({factors[0], cast(factors[1], DType::f32)}, right).find("differ in more"), std::string::npos);
  EXPECT_NE(refused(factors, {.groups = 2, .transposed = true}).find("not transposed"), std::string::npos);
  EXPECT_NE(refused(factors, {.padding = -1, .groups = 2}).find("negative"), std::string::npos);
  EXPECT_NE(refused(factors, {}).find("channels"), std::string::npos);
}

}  // namespace
}  // namespace faltung
