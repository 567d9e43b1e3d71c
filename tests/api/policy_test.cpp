// How to choose and how to compute belong to the call, and to nothing else.
#include <cmath>

#include "support/tensors.h"

namespace faltung {
namespace {

Tensor ones(const Dims& sizes, DType dtype = DType::f32) {
  const Tensor tensor = Tensor::empty(sizes, dtype);
  fill(tensor, 1);
  return tensor;
}

TEST(Policy, NamesTheOnlyEngineOfThatCall) {
  const Tensor x = ones({1, 2, 6, 6}), w = ones({2, 2, 3, 3});
  const ConvOptions nobody{.policy = {.only = "no.such.engine"}};
  try {
    conv2d(x, w, {}, nobody);
    FAIL() << "an engine that does not exist has answered";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no.such.engine"), std::string::npos) << error.what();
  }
  EXPECT_THROW(convolution_backward(ones({1, 2, 4, 4}), x, w, nobody, {true, false, false}), Error);
  test::expect_equal(conv2d(x, w, {}, {.policy = {.only = "reference"}}), conv2d(x, w));
}

TEST(Policy, OfTheCallIsPartOfThePlansKey) {
  Context context;
  const Tensor x = ones({1, 2, 6, 6}), w = ones({2, 2, 3, 3});
  const auto entries = [&](const ConvOptions& options) {
    conv2d(x, w, {}, options, context);
    conv2d(x, w, {}, options, context);
    return context.cache_statistics().entries;
  };
  EXPECT_EQ(entries({}), 1u);
  EXPECT_EQ(entries({.policy = {.threads = 1}}), 2u);
  EXPECT_EQ(entries({.policy = {.workspace_limit = std::size_t{1} << 30}}), 3u);
  EXPECT_EQ(entries({.policy = {.without = {"no.such.engine"}}}), 4u);
  EXPECT_EQ(entries({.numerics = {.deterministic = true}}), 5u);
  EXPECT_EQ(entries({.numerics = {.batch_invariant = true}}), 6u);
  EXPECT_EQ(entries({.numerics = {.transforms = false}}), 7u);
  EXPECT_EQ(entries({.numerics = {.tf32 = false}}), 8u);
  EXPECT_EQ(entries({.numerics = {.accumulate = DType::f64}}), 9u);
  EXPECT_EQ(entries({.policy = {.measure_seconds = 1}}), 10u);
}

TEST(Policy, RefusesSecondsThatMeanNothing) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");
  for (const double seconds : {-1.0, std::nan("")}) {
    const Policy policy{.measure_seconds = seconds};
    EXPECT_THROW(compile(problem, policy), Error);
    EXPECT_THROW(explain(problem, policy), Error);
    EXPECT_THROW(tune(problem, policy), Error);
  }
}

TEST(Numerics, MayCarrySumsInF64) {
  // 2^24 + 1 + … : every 1 is lost in f32, none in f64.
  const Tensor x = ones({1, 1, 64}), w = ones({1, 1, 64});
  x.as<float>()[0] = 16777216.0f;
  const Tensor y = conv1d(x, w, {}, {.numerics = {.accumulate = DType::f64}});
  EXPECT_EQ(*y.as<float>(), static_cast<float>(16777216.0 + 63.0));
}

}  // namespace
}  // namespace faltung
