// cpu.gemm on quantised problems, on every instruction set: by words of four bytes where there is an instruction for
// them, else, and where weights have zero points, of two integers.
#include "faltung/device_info.h"
#include "faltung/explain.h"
#include "faltung/verify.h"
#include "support/on_target.h"
#include "support/problem_lists.h"
#include "support/random_problem.h"

namespace faltung {
namespace {

using QuantizedGemmOn = test::OnTarget;

void check(const ConvProblem& problem, Context& context) {
  for (const int threads : {1, 3}) {
    const Comparison found = verify(problem, {.only = "cpu.gemm", .threads = threads}, context);
    if (found.outcome == Outcome::refused) return;  // no sum has a term
    ASSERT_TRUE(found.passed()) << print(found) << "\n" << print(problem);
  }
}

TEST_P(QuantizedGemmOn, EqualsTheDefinition) {
  Context context;  // whose plans are for this target
  for (const ConvProblem& problem : test::quantized_problems()) check(problem, context);
  test::RandomProblems random(test::announced_seed());
  for (int i = 0; i < 100; ++i) check(random.quantized(), context);
}

INSTANTIATE_TEST_SUITE_P(Targets, QuantizedGemmOn, test::all_targets);

std::string outline_of(const char* text) {
  return explain(canonical(parse_problem(text)), {.only = "cpu.gemm"}).outline;
}

TEST(QuantizedGemm, ReadsImagesWhereTheyLieIfTheirBytesAreWords) {
  const DeviceInfo cpu = cpu_info(1);
  if (!cpu.has("avx512_vnni")) GTEST_SKIP() << "this processor multiplies pairs";
  EXPECT_EQ(outline_of("fwd u8:i8:u8 nhwc n1 c8 k8 i9x9 f1x1 quantized").find("copied"), std::string::npos);
  for (const char* text : {"fwd i8 nhwc n1 c8 k8 i9x9 f1x1 quantized",           // signed
                           "fwd u8:i8:u8 nhwc n1 c7 k8 i9x9 f1x1 quantized",     // no whole words
                           "fwd u8:i8:u8 nhwc n1 c8 k8 i9x9 f3x3 p1 quantized",  // padding
                           "fwd u8:i8:u8 nchw n1 c8 k8 i9x9 f1x1 quantized",     // channels apart
                           "fwd u8:i8:u8 nhwc n1 c8 k8 i9x9 f1x1 quantized align:1:1:1"})
    EXPECT_NE(outline_of(text).find("x copied"), std::string::npos) << text;
}

TEST(QuantizedGemm, PlanningTakesNoTimeThatGrowsWithExtents) {
  const Selection selection =
      explain(parse_problem("fwd i8 ncw n1 c1 k1 i1099511627776 f3 p1 quantized"), {.only = "cpu.gemm"});
  EXPECT_NE(selection.chosen(), nullptr) << print(selection);
}

TEST(QuantizedGemm, RefusesToCopyWhatIsNothingButPadding) {
  const Selection selection =
      explain(parse_problem("fwd i8 ncw n1 c1 k1 i9 f3 s1000000 p1000000000 o2000 quantized"), {.only = "cpu.gemm"});
  EXPECT_EQ(selection.chosen(), nullptr);
}

}  // namespace
}  // namespace faltung
