// Whatever MIOpen does wrong is a reason, and another way is taken; the selection tells the story.
#include <thread>

#include "hip/hip_test.h"

namespace faltung {
namespace {

using test::hip_device;
using test::Standin;

const Policy only{.only = "hip.miopen"};

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

// A new context each time, so that nothing is remembered but what Find found: each problem has its own batch.
class Fallbacks : public testing::Test {
 protected:
  Fallbacks() : context(hip_device) { context.set_tuning_access(TuningAccess::off); }

  ConvProblem problem(std::string_view words = "") {
    static int batch = 0;
    return parse_problem("fwd f32 nchw n" + std::to_string(++batch) + " c3 k4 i7x6 f3x2 p1 " + std::string(words));
  }
  // The plan's outline, of a problem that is right nevertheless.
  std::string outline_of(const ConvProblem& p, Policy policy = only) {
    const Comparison comparison = verify(p, policy, context);
    EXPECT_TRUE(comparison.passed()) << print(comparison);
    return explain(p, policy, context).outline;
  }

  Context context;
};

TEST_F(Fallbacks, TheBestSolutionIsTaken) {
  expect_contains(outline_of(problem()), "hip.miopen: s100 of MIOpen 3.2.0 with a workspace of 4096 bytes");
}

TEST_F(Fallbacks, MoreThanTenSolutionsAreAllOffered) {
  const Standin standin("many_solutions");
  EXPECT_EQ(variants_of(problem(), only, context).size(), 1 + 13 + 1u);  // the chain, they, Find
}

TEST_F(Fallbacks, ASolutionBeyondTheWorkspaceLimitGivesWayToTheNext) {
  Policy limited = only;
  limited.workspace_limit = 1000;
  const std::string outline = outline_of(problem(), limited);
  expect_contains(outline, "hip.miopen: s101 ");
  expect_contains(outline, "not taken: s100: needs a workspace of 4096 bytes; 1000 are left");
}

TEST_F(Fallbacks, ASolutionThatCannotBeCompiledGivesWayToTheNext) {
  const Standin standin("compile_fails");
  const std::string outline = outline_of(problem());
  expect_contains(outline, "hip.miopen: s101 ");
  expect_contains(outline, "not taken: s100: compiling it: miopenStatusInternalError");
}

TEST_F(Fallbacks, ASolutionThatVanishesBeforeTheRunIsReplacedInTheRun) {
  const Standin standin("vanishes");
  expect_contains(outline_of(problem()), "s100");
}

TEST_F(Fallbacks, OneThatNeedsMoreThanItSaidIsReplacedInTheRun) {
  const Standin standin("lies_about_workspace");
  expect_contains(outline_of(problem()), "s100");
}

TEST_F(Fallbacks, WhereNoSolutionRunsTheErrorNamesEngineAndProblem) {
  const Standin standin("all_vanish");
  try {
    verify(problem(), only, context);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::EngineFailure);
    expect_contains(error.what(), "hip.miopen (s100): running a solution: miopenStatusUnknownError");
    expect_contains(error.what(), "problem: fwd f32 nchw");
  }
}

TEST_F(Fallbacks, WithoutSolutionsFindIsAsked) {
  const Standin standin("no_solutions");
  const std::string outline = outline_of(problem());
  expect_contains(outline, "hip.miopen: implicit_gemm of MIOpen");
  expect_contains(outline, "not taken: the immediate mode has no solution");
}

TEST_F(Fallbacks, FindWithoutWorkspaceFollowsFindWith) {
  const Standin standin("nothing_compiles find_needs_less forgets");
  const std::string outline = outline_of(problem());
  expect_contains(outline, "hip.miopen: direct of MIOpen 3.2.0 with a workspace of 0 bytes");
  expect_contains(outline, "Find with a workspace of 4096 bytes: Find: miopenStatusInternalError");
}

TEST_F(Fallbacks, WhatFindWantsBeyondItsWorkspaceGivesWayToTheNext) {
  const Standin standin("greedy no_solutions");
  const std::string outline = outline_of(problem());
  expect_contains(outline, "hip.miopen: direct of MIOpen");
  expect_contains(outline, "implicit_gemm: needs a workspace of 1099511627776 bytes; 4096 are left");
}

// MIOpen runs an algorithm only on a handle that has searched; each thread has its own.
TEST_F(Fallbacks, AnAlgorithmRunsOnThreadsThatHaveNotSearched) {
  const Standin standin("forgets");
  const CompiledConv conv = compile(problem(), only, context);
  std::vector<std::thread> threads;
  std::atomic<int> passed = 0;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { passed += verify(conv).passed(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 4);
}

TEST_F(Fallbacks, WhereNothingIsLeftTheHostComputes) {
  const Standin standin("no_solutions find_fails");
  const Selection selection = explain(problem(), {}, context);
  ASSERT_TRUE(selection.chosen()) << print(selection);
  EXPECT_EQ(selection.chosen()->engine, "hip.host");
  expect_contains(print(selection), "no way of MIOpen's works");
  expect_contains(print(selection), "Find with a workspace of 0 bytes found nothing");
}

TEST_F(Fallbacks, WantOfMemoryIsCalledThat) {
  const Standin standin("little_memory no_solutions");
  Policy policy = only;
  const Selection selection = explain(parse_problem("fwd f32 nchw n64 c16 k4 i32x32 f3x3 p1"), policy, context);
  expect_contains(print(selection), "no memory for");
}

TEST_F(Fallbacks, FindIsAskedOnceForAProblem) {
  const Standin standin("slow_find");
  const ConvProblem p = problem();
  const auto seconds = [&] {
    const auto start = std::chrono::steady_clock::now();
    Context fresh(hip_device);
    compile_variant(p, "find", only, fresh);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double first = seconds(), second = seconds();
  EXPECT_GE(first, 0.3);
  EXPECT_LT(second, first);
}

TEST_F(Fallbacks, ASlowFindIsLeftOutWhereTheTimeIsSpent) {
  const Selection selection =
      explain(problem(), {.only = "hip.miopen", .effort = Effort::Measure, .measure_seconds = 1e-9}, context);
  expect_contains(print(selection), "not measured: the limit of");
  for (const Candidate& row : selection.candidates)
    EXPECT_FALSE(row.variant == "find" && row.measured_seconds) << print(selection);
}

TEST_F(Fallbacks, AWrongResultIsStruckOutWhereEverythingIsMeasured) {
  const Standin standin("wrong");
  const ConvProblem p = parse_problem("fwd f32 nchw n1 c2 k2 i256x256 f1x1");
  EXPECT_FALSE(verify(p, only, context).passed());
  const Selection selection = explain(p, {.effort = Effort::Exhaustive, .threads = 1}, context);
  ASSERT_TRUE(selection.chosen()) << print(selection);
  EXPECT_NE(selection.chosen()->engine, "hip.miopen") << print(selection);
}

TEST_F(Fallbacks, TransformsAreTakenWhereTheProblemAllowsThem) {
  const Standin standin("winograd_first");
  ConvProblem p = problem();
  expect_contains(outline_of(p), "hip.miopen: s100 ");
  p.numerics.transforms = false;
  const std::string outline = outline_of(p);
  expect_contains(outline, "hip.miopen: s101 ");
  expect_contains(outline, "s100: transforms its inputs");
}

TEST_F(Fallbacks, DeterminismThatMiopenDoesNotKnowIsAReason) {
  const Standin standin("not_deterministic");
  ConvProblem p = problem();
  p.numerics.deterministic = true;
  EXPECT_FALSE(explain(p, only, context).winner);
  expect_contains(print(explain(p, only, context)), "the attribute for determinism");
}

TEST_F(Fallbacks, EpiloguesAreFusedAndWhereThatIsRefusedDoneInSteps) {
  const ConvProblem p = problem("bias relu");
  expect_contains(outline_of(p), "hip.miopen: a fusion plan of MIOpen");
  const Standin standin("no_fusion");
  context.clear_cache();
  const std::string outline = outline_of(p);
  expect_contains(outline, "hip.miopen: s100, then the epilogue, of MIOpen");
  expect_contains(outline, "not taken: a fusion plan: compiling a fusion plan");
}

// Three steps would round a 16-bit result three times.
TEST_F(Fallbacks, In16BitsAnEpilogueIsFusedOrDoneByAnother) {
  ConvProblem p = changed(problem(), {.dtype = DType::bf16});
  p.epilogue = {.bias = true, .activation = Activation::relu};
  expect_contains(outline_of(p), "hip.miopen: a fusion plan of MIOpen");
  const Standin standin("no_fusion");
  context.clear_cache();
  EXPECT_FALSE(explain(p, only, context).winner);
  const Selection selection = explain(p, {}, context);
  ASSERT_TRUE(selection.chosen()) << print(selection);
  EXPECT_EQ(selection.chosen()->engine, "rewrite.epilogue");
  EXPECT_TRUE(verify(p, {}, context).passed());
}

TEST_F(Fallbacks, ManyThreadsRunOneFusionPlan) {
  const CompiledConv conv = compile(problem("bias relu"), only, context);
  std::vector<std::thread> threads;
  std::atomic<int> passed = 0;
  for (int i = 0; i < 20; ++i) threads.emplace_back([&] { passed += verify(conv).passed(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 20);
}

TEST_F(Fallbacks, WhatIsMeasuredBecomesARecordThatIsTakenAgain) {
  const ConvProblem p = problem();
  tune(p, {.only = "hip.miopen"}, context);
  const Selection selection = explain(p, {.only = "hip.miopen", .effort = Effort::TunedOnly}, context);
  ASSERT_TRUE(selection.chosen()) << print(selection);
  EXPECT_EQ(selection.decision, Decision::only) << print(selection);
  EXPECT_EQ(selection.record, "this context");
}

}  // namespace
}  // namespace faltung
