// Plans of cpu.onednn: what they tell, what they prepare, what they refuse, and many threads on one of them.
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "faltung/device_info.h"
#include "faltung/verify.h"
#include "onednn/onednn.h"

namespace faltung {
namespace {

using test::Case;
using test::only_onednn;

class OnednnPlans : public test::OnednnTest {};

std::string refusal(const std::string& text, const Policy& policy = only_onednn()) {
  const Selection selection = explain(canonical(parse_problem(text)), policy);
  for (const Candidate& candidate : selection.candidates)
    if (candidate.engine == "cpu.onednn") return candidate.reason + candidate.note;
  return "was not asked";
}

bool has_bf16() { return cpu_info(1).has("avx512f"); }

TEST_F(OnednnPlans, TellTheImplementationAndTheVersion) {
  const Selection selection = explain(Case(test::cases[0]).problem, only_onednn());
  ASSERT_TRUE(selection.chosen());
  EXPECT_NE(selection.outline.find("cpu.onednn: brg"), std::string::npos) << selection.outline;
  EXPECT_NE(selection.outline.find("of oneDNN " + cpu_onednn::opened().version), std::string::npos);
}

TEST_F(OnednnPlans, ActivationsThatItGetsWrongFollowAfterIt) {
  Case own("fwd f32 nhwc n1 c4 k4 i8x8 f3x3 relu");
  EXPECT_NE(explain(own.problem, only_onednn()).outline.find("then relu"), std::string::npos);
  own.arrays.x[0] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> y = own.got();
  EXPECT_TRUE(std::isnan(y[0]));  // the library's own relu would make it 0
  EXPECT_TRUE(std::none_of(y.begin(), y.end(), [](float number) { return number < 0; }));
}

TEST_F(OnednnPlans, EpiloguesOfStridedGradientsFollowAfterIt) {
  const Case own("dgrad f32 nhwc n1 c64 k512 i8x8 f4x4 o4x4 s2 p1 bias");
  EXPECT_NE(explain(own.problem, only_onednn()).outline.find("then bias"), std::string::npos);
}

TEST_F(OnednnPlans, AResidualMayLieWhereTheResultGoes) {
  Case apart("fwd f32 nhwc n1 c4 k4 i8x8 f3x3 add relu");
  std::vector<float> z = apart.arrays.y;
  const CompiledConv compiled = compile(apart.problem, only_onednn());
  const auto run = [&](const std::vector<float>& residual) {
    compiled.run({.x = apart.arrays.x.data(),
                  .w = apart.arrays.w.data(),
                  .y = apart.arrays.y.data(),
                  .z = residual.data(),
                  .alpha = 0.5});
    return apart.arrays.y;
  };
  const std::vector<float> want = run(z);
  apart.arrays.y = z;
  EXPECT_EQ(run(apart.arrays.y), want);
}

TEST_F(OnednnPlans, SayWhyTheyAreRefused) {
  EXPECT_EQ(refusal("fwd f64 nchw n1 c4 k4 i8x8 f3x3"), "f32, bf16 or f16");
  EXPECT_EQ(refusal("fwd f32 nhwc:nhwc:nchw n1 c4 k4 i8x8 f3x3"),
            "x and y dense, both contiguous or both channels last");
  const std::string twice = refusal("fwd bf16 nhwc n1 c4 k4 i8x8 f3x3 add");
  EXPECT_TRUE(twice.find("rounded twice") != std::string::npos || !has_bf16()) << twice;
  for (const char* odd : {"fwd bf16 nhwc n1 c3 k4 i8x8 f3x3", "dgrad bf16 nhwc n1 c4 k3 i8x8 f3x3"})
    EXPECT_TRUE(refusal(odd).find("odd number of channels") != std::string::npos || !has_bf16()) << refusal(odd);
  const std::string deep = refusal("wgrad bf16 ndhwc n1 c4 k4 i2x8x8 f3x3x3 p1");
  EXPECT_TRUE(deep.find("deeper than x") != std::string::npos || !has_bf16()) << deep;
  EXPECT_EQ(refusal("wgrad f32 nhwc n1 c4 k4 i8x8 f3x3 deterministic"),
            "its sums may depend on the threads: deterministic on one");
  EXPECT_EQ(refusal("wgrad f32 nhwc n1 c4 k4 i8x8 f3x3 deterministic", only_onednn(1)), "");
}

TEST_F(OnednnPlans, QuantisedOnesAreRightInBothFormats) {
  if (!cpu_info(1).has("avx512_vnni")) GTEST_SKIP() << "this processor adds products of bytes in 16 bits";
  for (const char* text : {"fwd u8:i8:u8 nhwc n2 c16 k24 i9x8 f3x3 p1 bias relu quantized",
                           "fwd i8:i8:f32 nchw n1 c5 k7 g1 i9x8 f3x3 s2 p1 bias quantized",
                           "fwd u8:i8:i8 nhwc n1 c32 k32 g2 i7x7 f3x3 p1 quantized constw"}) {
    int right = 0;
    for (const VerifiedVariant& found : verify_variants(canonical(parse_problem(text)), only_onednn())) {
      EXPECT_NE(found.comparison.outcome, Outcome::failed) << found.name << " " << print(found.comparison) << text;
      right += found.comparison.passed();
    }
    EXPECT_GT(right, 0) << text;
  }
  EXPECT_EQ(refusal("fwd i8:i8:i32 nhwc n1 c4 k4 i8x8 f3x3 quantized"), "its sums of 32 bits are rounded to f32");
  EXPECT_EQ(refusal("fwd i8 nhwc n1 c4 k4 i8x8 f3x3 quantized wzero"), "w has no zero points");
}

TEST_F(OnednnPlans, PreparedWeightsGiveTheSameBits) {
  for (const char* text : test::cases) {
    Case with(text);
    if (with.problem.pass == Pass::WeightGrad) continue;
    const CompiledConv compiled = compile(with.problem, only_onednn());
    const auto prepared = compiled.prepare(with.arrays.w.data());
    const std::vector<float> want = with.got();
    std::vector<float>& written = with.arrays.get(written_role(with.problem.pass));
    const Operands operands{.x = with.arrays.x.data(), .w = with.arrays.w.data(), .y = with.arrays.y.data()};
    if (!prepared->reads_w()) std::fill(with.arrays.w.begin(), with.arrays.w.end(), 1000.0f);
    compiled.run(operands, *prepared);
    EXPECT_EQ(written, want) << text;
  }
}

TEST_F(OnednnPlans, ThirtyTwoThreadsRunOneOfThem) {
  for (const char* text : test::cases) {
    const Case shared(text);
    const std::vector<float> want = shared.want();
    const CompiledConv compiled = compile(shared.problem, only_onednn());
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 32; ++i)
      threads.emplace_back([&] {
        test::Arrays<float> own = shared.arrays;
        for (int repeat = 0; repeat < 3; ++repeat) {
          compiled.run({.x = own.x.data(), .w = own.w.data(), .y = own.y.data()});
          wrong += own.get(written_role(shared.problem.pass)) != want;
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0) << text;
  }
}

TEST_F(OnednnPlans, AreMadeByManyThreadsAtOnce) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const Case own("fwd f32 nhwc n1 c16 k16 i" + std::to_string(8 + i % 4) + "x9 f3x3 p1");
      wrong += own.got() != own.want();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace faltung
