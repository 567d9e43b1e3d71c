#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <thread>
#include <vector>

#include "faltung/faltung.h"
#include "faltung/verify.h"

namespace faltung {
namespace {

ErrorCode code_of(const std::function<void()>& call, std::string& message) {
  try {
    call();
  } catch (const Error& error) {
    message = error.what();
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::Io;
}

void expect_refused(const std::function<void()>& call, const char* reason) {
  std::string message;
  EXPECT_EQ(code_of(call, message), ErrorCode::InvalidArgument);
  EXPECT_NE(message.find(reason), std::string::npos) << message;
}

class PreparedWeightsTest : public testing::Test {
 protected:
  static constexpr const char* text = "fwd f32 nchw n1 c2 k2 i6x6 f3x3 constw";
  const CompiledConv conv = compile(parse_problem(text), {.only = "cpu.gemm"});
  alignas(64) float x[72], w[36], y[32]{};

  void SetUp() override {
    for (int i = 0; i < 72; ++i) x[i] = static_cast<float>(i % 5 - 2);
    for (int i = 0; i < 36; ++i) w[i] = static_cast<float>(i % 3 - 1);
  }
  std::vector<float> plain_result() {
    conv.run({x, w, y});
    return {y, y + 32};
  }
};

TEST_F(PreparedWeightsTest, DoWithoutTheTensor) {
  const std::vector<float> expected = plain_result();
  const auto weights = conv.prepare(w);
  EXPECT_FALSE(weights->reads_w());
  EXPECT_GE(weights->bytes(), sizeof(w));
  EXPECT_EQ(weights->bytes(), conv.selection().prepared_bytes);
  std::fill_n(w, 36, NAN);
  conv.run({.x = x, .y = y}, *weights);
  EXPECT_EQ(std::vector<float>(y, y + 32), expected);
}

TEST_F(PreparedWeightsTest, ArePossibleWhereTheProblemDoesNotSaySo) {
  const CompiledConv plain = compile(parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3"), {.only = "cpu.gemm"});
  const std::vector<float> expected = plain_result();
  plain.run({.x = x, .y = y}, *plain.prepare(w));
  EXPECT_EQ(std::vector<float>(y, y + 32), expected);
}

TEST_F(PreparedWeightsTest, HoldThePointerWhereThereIsNothingToPrepare) {
  const CompiledConv reference = compile(parse_problem(text), {.only = "reference"});
  const std::vector<float> expected = plain_result();
  const auto weights = reference.prepare(w);
  EXPECT_TRUE(weights->reads_w());
  EXPECT_EQ(weights->bytes(), 0u);
  reference.run({.x = x, .y = y}, *weights);
  EXPECT_EQ(std::vector<float>(y, y + 32), expected);
}

TEST_F(PreparedWeightsTest, AreSharedByThreads) {
  const std::vector<float> expected = plain_result();
  const auto weights = conv.prepare(w);
  std::vector<std::vector<float>> results(8);
  std::vector<std::thread> threads;
  for (std::vector<float>& result : results)
    threads.emplace_back([&] {
      alignas(64) float mine[32];
      for (int i = 0; i < 20; ++i) conv.run({.x = x, .y = mine}, *weights);
      result.assign(mine, mine + 32);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& result : results) EXPECT_EQ(result, expected);
}

TEST_F(PreparedWeightsTest, OutliveTheContextAndThePlan) {
  const std::vector<float> expected = plain_result();
  std::shared_ptr<const PreparedWeights> weights;
  std::unique_ptr<CompiledConv> kept;
  {
    Context context;
    kept = std::make_unique<CompiledConv>(compile(parse_problem(text), {.only = "cpu.gemm"}, context));
    weights = kept->prepare(w);
  }
  CompiledConv(*kept).run({.x = x, .y = y}, *weights);
  EXPECT_EQ(std::vector<float>(y, y + 32), expected);
  kept.reset();
  EXPECT_GT(weights->bytes(), 0u);
}

TEST_F(PreparedWeightsTest, RefuseWhatCannotBeRight) {
  const auto weights = conv.prepare(w);
  const CompiledConv other = compile(parse_problem(text), {.only = "cpu.gemm", .threads = 1});
  expect_refused([&] { other.run({.x = x, .y = y}, *weights); }, "prepared by another plan");
  expect_refused([&] { conv.run({.y = y}, *weights); }, "operand x is a null pointer");
  expect_refused([&] { conv.prepare(nullptr); }, "operand w is a null pointer");
  expect_refused([&] { conv.prepare(w + 1); }, "not aligned");
  expect_refused([&] { conv.prepare(w, {{DeviceType::cuda, 0}, nullptr}); }, "another device");
  expect_refused([&] { conv.run({.x = x, .y = y}, *weights, {{DeviceType::cuda, 0}, nullptr}); }, "another device");
  std::byte some{};
  expect_refused([&] { conv.run({.x = x, .w = w, .y = y, .prepared = &some}); }, "argument of run");
  const CompiledConv gradient = compile(parse_problem("wgrad f32 nchw n1 c2 k2 i6x6 f3x3"));
  expect_refused([&] { gradient.prepare(w); }, "a weight gradient writes w");
}

// Whatever stands above it, cpu.gemm's weights are prepared.
TEST(PreparedWeights, AreMadeThroughEveryComposite) {
  for (const auto& [engine, problem] : std::vector<std::pair<const char*, const char*>>{
           {"rewrite.relayout", "fwd f32 nhwc:nchw:nhwc n1 c4 k4 i6x6 f3x3 constw"},
           {"rewrite.cast", "fwd f16 nchw n1 c4 k4 i6x6 f3x3 constw"},
           {"rewrite.groups", "dgrad f32 nchw n1 c4 k4 g2 i6x6 f3x3 constw"},
           {"rewrite.as_forward", "dgrad f32 nchw n1 c4 k4 i6x6 f3x3 s2 p1 constw"},
           {"rewrite.epilogue", "fwd f32 nchw n1 c4 k4 i6x6 f3x3 bias silu constw"},
           {"rewrite.accumulate", "fwd f32 nchw n1 c4 k4 i6x6 f3x3 accumulate constw"}}) {
    const ConvProblem p = parse_problem(problem);
    const Policy policy{.only = engine, .without = {"cpu.window", "cpu.winograd", "cpu.fft", "cpu.onednn"}};
    EXPECT_GT(compile(p, policy).selection().prepared_bytes, 0u) << engine;
    EXPECT_EQ(print(verify(p, policy)).substr(0, 6), "passed") << engine << print(verify(p, policy));
  }
}

// What only copies w keeps the copy.
TEST(PreparedWeights, AreTheCopyWhereThePartHasNone) {
  Policy policy{.only = "rewrite.relayout", .without = {"cpu.gemm"}};
  const ConvProblem p = parse_problem("fwd f32 nhwc:nchw:nhwc n1 c4 k4 i6x6 f3x3 constw");
  EXPECT_EQ(compile(p, policy).selection().prepared_bytes, 4u * 4 * 9 * sizeof(float));
  EXPECT_TRUE(verify(p, policy).passed());
}

TEST(PreparedWeights, AreShownBesideThePlan) {
  const ConvProblem p = parse_problem("fwd f32 nchw n1 c4 k4 i6x6 f3x3 constw");
  EXPECT_NE(print(explain(p, {.only = "cpu.gemm"})).find("prepared weights: "), std::string::npos);
  EXPECT_NE(print(explain(p, {.only = "reference"})).find("prepared weights: none"), std::string::npos);
}

}  // namespace
}  // namespace faltung
