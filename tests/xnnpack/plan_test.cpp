// Plans of cpu.xnnpack: NaN, prepared weights, many threads on one of them.
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "xnnpack/xnnpack.h"

namespace faltung {
namespace {

using test::only_xnnpack;

class XnnpackPlans : public test::XnnpackTest {};

constexpr float infinity = std::numeric_limits<float>::infinity();

// A sum of the input's 4 channels, 4 pixels, with that epilogue.
std::vector<float> sums_of(std::vector<float> x, const char* epilogue) {
  std::vector<float> w(4, 1), y(4), bias(1, 1);
  const ConvProblem problem = parse_problem("fwd f32 nhwc n1 c4 k1 i1x4 f1x1 " + std::string(epilogue));
  const float* const added = problem.epilogue.bias ? bias.data() : nullptr;
  compile(problem, only_xnnpack).run({.x = x.data(), .w = w.data(), .y = y.data(), .bias = added});
  return y;
}

TEST_F(XnnpackPlans, KeepWhatIsNotFinite) {
  std::vector<float> x(16, 1);
  x[0] = std::nanf("");
  x[5] = -infinity;
  x[9] = infinity, x[10] = -infinity;
  std::vector<float> y = sums_of(x, "");
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[2]));  // the library gives -infinity
  EXPECT_EQ(y[1], -infinity);
  EXPECT_EQ(y[3], 4);
  y = sums_of(x, "bias relu");
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[2]));  // the library gives 0
  EXPECT_EQ(y[1], 0);
  EXPECT_EQ(y[3], 5);
}

// More than a plan keeps operators for.
TEST_F(XnnpackPlans, HaveAnyNumberOfPreparedWeights) {
  const CompiledConv conv = compile(parse_problem("fwd f32 nhwc n2 c4 k1 i1x4 f1x1 constw"), only_xnnpack);
  std::vector<float> x(32, 1), y(8);
  std::vector<std::shared_ptr<const PreparedWeights>> all;
  for (int i = 0; i < 40; ++i) all.push_back(conv.prepare(std::vector<float>(4, static_cast<float>(i)).data()));
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 40; ++i) {
      conv.run({.x = x.data(), .w = nullptr, .y = y.data()}, *all[static_cast<std::size_t>(i)]);
      EXPECT_EQ(y, std::vector<float>(8, 4.0f * static_cast<float>(i)));
    }
}

TEST_F(XnnpackPlans, AreRunByManyThreadsAtOnce) {
  for (const char* text :
       {"fwd f32 nhwc n3 c8 k8 i9x9 f3x3 p1 bias relu", "fwd f32 nhwc n3 c8 k8 i9x9 f3x3 p1 constw"}) {
    const CompiledConv conv = compile(parse_problem(text), only_xnnpack);
    std::atomic<int> passed = 0;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 32; ++i) threads.emplace_back([&, i] { passed += verify(conv, i).passed(); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(passed, 32) << text;
  }
}

TEST_F(XnnpackPlans, SayWhyTheyAreRefused) {
  const auto reason = [](const char* text) {
    for (const Candidate& row : explain(parse_problem(text), only_xnnpack).candidates)
      if (row.engine == "cpu.xnnpack") return row.reason;
    return std::string("was not asked");
  };
  EXPECT_EQ(reason("dgrad f32 nhwc n1 c4 k4 i5x5 f3x3"), "forward only");
  EXPECT_EQ(reason("fwd f16 nhwc n1 c4 k4 i5x5 f3x3"), "f32 only");
  EXPECT_EQ(reason("fwd f32 nchw n1 c4 k4 i5x5 f3x3"), "dense operands with channels last");
  EXPECT_NE(reason("fwd f32 nhwc n1 c3 k4 i5x5 f3x3").find("in multiples of 4"), std::string::npos);
  EXPECT_EQ(reason("fwd f32 nhwc n1 c4 k4 i5x5 f3x3 p-1"), "nothing is cropped");
  EXPECT_EQ(explain(parse_problem("fwd f32 nhwc n1 c4 k4 i5x5 f1x1 s2"), only_xnnpack).chosen()->engine, "cpu.xnnpack");
}

}  // namespace
}  // namespace faltung
