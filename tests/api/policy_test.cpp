// How to choose and how to compute belong to the call, and to nothing else.
#include <cmath>
#include <functional>

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
  const ConvOptions nobody{.policy = {.only = "trivial"}};
  try {
    conv2d(x, w, {}, nobody);
    FAIL() << "an engine that has nothing to do has answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(std::string(error.what()).find("trivial"), std::string::npos) << error.what();
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
  EXPECT_EQ(entries({.policy = {.without = {"rewrite.cast"}}}), 4u);
  EXPECT_EQ(entries({.numerics = {.deterministic = true}}), 5u);
  EXPECT_EQ(entries({.numerics = {.batch_invariant = true}}), 6u);
  EXPECT_EQ(entries({.numerics = {.transforms = false}}), 7u);
  EXPECT_EQ(entries({.numerics = {.tf32 = false}}), 8u);
  EXPECT_EQ(entries({.numerics = {.accumulate = DType::f64}}), 9u);
  EXPECT_EQ(entries({.policy = {.measure_seconds = 1}}), 10u);
  EXPECT_EQ(entries({.numerics = {.large_tiles = true}}), 11u);
}

void expect_refused(const Policy& policy, const std::string& words) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");
  const std::function<void()> calls[] = {[&] { compile(problem, policy); },
                                         [&] { explain(problem, policy); },
                                         [&] { tune(problem, policy); },
                                         [&] { verify(problem, policy); },
                                         [&] { compile_variant(problem, "", policy); },
                                         [&] { variants_of(problem, policy); },
                                         [&] {
                                           conv2d(ones({1, 2, 6, 6}), ones({2, 2, 3, 3}), {}, {.policy = policy});
                                         }};
  for (const auto& call : calls) try {
      call();
      ADD_FAILURE() << "accepted, instead of: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
}

TEST(Policy, RefusesNumbersThatMeanNothing) {
  expect_refused({.only = "cpu.gemm", .measure_seconds = -1}, "policy.measure_seconds is -1; it is 0 or more");
  expect_refused({.only = "cpu.gemm", .measure_seconds = std::nan("")}, "policy.measure_seconds is nan");
  expect_refused({.only = "cpu.gemm", .threads = -5}, "policy.threads is -5; it is 0 or more");
  expect_refused({.only = "cpu.gemm", .effort = static_cast<Effort>(9)}, "policy.effort is 9");
}

TEST(Policy, RefusesNamesThatNoEngineHas) {
  expect_refused({.only = "cpu.wino"}, "there is no engine 'cpu.wino'; there are: trivial");
  expect_refused({.only = "cpu.gemm", .without = {"rewrite.cast", "gemm"}}, "there is no engine 'gemm'; there are");
  // Named by all builds, whether this one has it or not.
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");
  EXPECT_EQ(compile(problem, {.without = {"cuda.cudnn"}}).engine(), compile(problem).engine());
}

TEST(Policy, TakesMoreThreadsThanThereAreForAll) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n4 c64 k64 i56x56 f3x3 p1");
  EXPECT_EQ(compile(problem, {.threads = 100000}).workspace_bytes(), compile(problem).workspace_bytes());
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
