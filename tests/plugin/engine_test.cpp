// The example engine does what one of the library's own does.
#include "plugin/engines.h"

namespace faltung {
namespace {

using test::forward;
using test::row_of;

// Nothing but the example and composites.
Policy composed(const Context& context) {
  Policy policy;
  for (const EngineInfo& engine : context.engines())
    if (engine.available && engine.kind != "composite" && engine.name != "my.engine" && engine.name != "trivial")
      policy.without.push_back(engine.name);
  return policy;
}

class Example : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_EQ(context.add_engine_library(EXAMPLE_ENGINE), std::vector<std::string>{"my.engine"});
  }
  Context context;
};

TEST_F(Example, IsListedWithItsFile) {
  const EngineInfo info = test::info_of(context, "my.engine");
  EXPECT_TRUE(info.available);
  EXPECT_EQ(info.kind, "leaf");
  EXPECT_NE(info.library.find("my_engine.so"), std::string::npos);
  EXPECT_TRUE(test::info_of(context, "cpu.gemm").library.empty());
}

TEST_F(Example, ComputesForwardOfAnyLayoutAndRank) {
  for (const char* text :
       {forward, "fwd f32 nhwc n2 c6 k4 g2 i7x6 f3x2 p1 s2 d2", "fwd f32 ncw n1 c3 k4 i19 f5 p-1",
        "fwd f32 ncdhw n1 c2 k3 i4x5x6 f2x3x3 p1", "fwd f32 nhwc:nchw:nhwc n1 c2 k3 i4x5 f2x3 deterministic"}) {
    const Comparison comparison = verify(parse_problem(text), {.only = "my.engine"}, context);
    EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
  }
}

TEST_F(Example, DoesTheRestWithinComposites) {
  for (const char* text :
       {"dgrad f32 nchw n2 c3 k4 i7x6 f3x2 p1 s2", "wgrad f32 nhwc n2 c3 k4 i7x6 f3x2 p1",
        "fwd bf16 nchw n2 c3 k4 i7x6 f3x2 p1 bias relu", "fwd cf32 nchw n1 c2 k2 i5x5 f3x3",
        "fwd f32 nchw n2 c3 k4 i7x6 f3x2 p1 reflect", "fwd f32 nchw n2 c3 k4 i7x6 f3x2 accumulate"}) {
    const ConvProblem problem = parse_problem(text);
    const Selection selection = explain(problem, composed(context), context);
    ASSERT_TRUE(selection.winner) << print(selection);
    EXPECT_NE(selection.outline.find("my.engine 1.0: a loop for each sum"), std::string::npos) << print(selection);
    const Comparison comparison = verify(problem, composed(context), context);
    EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
  }
}

TEST_F(Example, IsNotAskedWhatItDoesNotKnow) {
  const auto reason = [&](const char* text) {
    return row_of(explain(parse_problem(text), {}, context), "my.engine").reason;
  };
  EXPECT_EQ(reason("fwd f32 nchw n1 c2 k2 i5x5 f3x3 bias relu"), "does not do: bias, activation");
  EXPECT_EQ(reason("fwd f32 nchw n1 c2 k2 i5x5 f3x3 acc:f64"), "does not do: accumulator");
  EXPECT_EQ(reason("fwd f32 nchw n0 c2 k2 i5x5 f3x3"), "there is nothing to compute");
  EXPECT_EQ(reason("dgrad f32 nchw n1 c2 k2 i5x5 f3x3"), "forward only");
  EXPECT_EQ(reason("fwd f64 nchw n1 c2 k2 i5x5 f3x3"), "f32 only");
  EXPECT_EQ(reason("fwd f32 nchw n1 c2 k2 i5x5 f3x3 p1 circular"), "pads with zeros, not circular");
}

TEST_F(Example, ComesToTheTunersContest) {
  const Selection selection = tune(parse_problem(forward), {.measure_seconds = 0.01}, context);
  EXPECT_TRUE(row_of(selection, "my.engine").measured_seconds) << print(selection);
}

TEST_F(Example, LeavesWithTheContextOrByName) {
  const CompiledConv plan = compile(parse_problem(forward), {.only = "my.engine"}, context);
  EXPECT_TRUE(context.remove_engine("my.engine"));
  EXPECT_FALSE(context.remove_engine("my.engine"));
  EXPECT_TRUE(verify(plan).passed());
  EXPECT_THROW(compile(parse_problem(forward), {.only = "my.engine"}, context), Error);
}

TEST_F(Example, IsAddedOnceToAContext) {
  const std::string said =
      test::error_of(ErrorCode::InvalidArgument, [&] { context.add_engine_library(EXAMPLE_ENGINE); });
  EXPECT_EQ(said, "there is an engine my.engine already");
  EXPECT_TRUE(verify(parse_problem(forward), {.only = "my.engine"}, context).passed());
}

// An engine in C++, which a program has no need to put into a shared object.
class Zero final : public Engine {
 public:
  std::string_view name() const override { return "test.zero"; }
  Answer ask(const ConvProblem&, const DeviceInfo&) const override { return Answer::refused("does nothing yet"); }
};

TEST(EngineOfAProgram, IsAskedLikeTheOthers) {
  Context context;
  context.add_engine(std::make_shared<Zero>());
  EXPECT_EQ(row_of(explain(parse_problem(forward), {}, context), "test.zero").reason, "does nothing yet");
  EXPECT_THROW(context.add_engine(std::make_shared<Zero>()), Error);
  EXPECT_THROW(context.add_engine(nullptr), Error);
  EXPECT_TRUE(context.remove_engine("test.zero"));
}

}  // namespace
}  // namespace faltung
