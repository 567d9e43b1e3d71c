// One plan on several streams of a device at once.
#include "hip/hip_test.h"

namespace faltung {
namespace {

using test::hip_device;
using test::Standin;

const Policy only{.only = "hip.miopen"};

class Streams : public testing::Test {
 protected:
  Streams() : context(hip_device) { context.set_tuning_access(TuningAccess::off); }

  CompiledConv plan(const char* text, const Policy& policy = only) {
    return compile(parse_problem(text), policy, context);
  }
  Context context;
};

constexpr const char* forward = "fwd f32 nchw n2 c3 k4 i7x6 f3x2 p1";

TEST_F(Streams, RunAPlanAtOnce) {
  for (const char* text :
       {forward, "fwd f32 nchw n2 c3 k4 i7x6 f3x2 p1 bias relu", "fwd bf16 nhwc n2 c8 k4 i7x6 f3x2 p1 bias",
        "dgrad f32 nhwc n2 c3 k4 i7x6 f3x2 p1", "wgrad f16 nchw n2 c4 k4 g2 i7x6 f3x2 p1"})
    for (int streams : {1, 2, 5}) {
      const Comparison comparison = verify_on_streams(plan(text), streams);
      EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
      EXPECT_EQ(comparison.engine, "hip.miopen");
    }
}

// Composites, whose copies and sums go by way of the host, and the host itself.
TEST_F(Streams, RunWhateverIsPlanned) {
  for (const char* text : {"fwd f32 nchw n2 c3 k4 i7x6 f3x2 p1 accumulate", "fwd cf32 nchw n1 c2 k2 i5x5 f3x3",
                           "fwd f32 nchw n2 c3 k4 i7x6 f3x2 p1 gelu", "fwd i32 nchw n2 c3 k4 i7x6 f3x2 p1"}) {
    const Comparison comparison = verify_on_streams(plan(text, {}), 3);
    EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
  }
}

TEST_F(Streams, FindOutWhatAPlanKeepsOfARun) {
  const Standin standin("keeps_runs");
  const CompiledConv compiled = plan(forward);
  EXPECT_TRUE(verify(compiled).passed());  // one at a time
  EXPECT_TRUE(verify_on_streams(compiled, 1).passed());
  const Comparison comparison = verify_on_streams(compiled, 2);
  EXPECT_EQ(comparison.outcome, Outcome::failed);
  EXPECT_EQ(comparison.reason.rfind("on 2 streams at once: ", 0), 0u) << comparison.reason;
}

TEST_F(Streams, AreNotThereOnTheCpu) {
  Context cpu;
  const Comparison comparison = verify_on_streams(compile(parse_problem(forward), {}, cpu));
  EXPECT_EQ(comparison.outcome, Outcome::refused);
  EXPECT_EQ(comparison.reason, "the CPU has no streams: a run is done when it returns");
}

}  // namespace
}  // namespace faltung
