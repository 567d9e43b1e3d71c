// The judge is judged: a run that is wrong in any way must be found out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "problem/tolerance.h"
#include "verify/verify_plan.h"

namespace faltung {
namespace {

const char* const text = "fwd f32 nchw n2 c3 k4 i7x6 f3x3 p1";

// Runs the reference, then lets `spoil` do its worst.
template <class Spoil>
Comparison verify_spoiled(const std::string& problem_text, Spoil spoil, std::size_t workspace_bytes = 0) {
  Policy policy;
  policy.only = "reference";
  const CompiledConv compiled = compile(parse_problem(problem_text), policy);
  const auto run = [&](const Operands& operands, Workspace workspace) {
    compiled.run(operands);
    spoil(operands, workspace);
  };
  return verify_run(compiled.problem(), {workspace_bytes, run, Accuracy::exact}, 7);
}

float* y_of(const Operands& operands) { return static_cast<float*>(operands.y); }

TEST(Verify, PassesARightResultBitForBit) {
  const Comparison found = verify_spoiled(text, [](const Operands&, Workspace) {});
  EXPECT_TRUE(found.passed()) << print(found);
  EXPECT_EQ(found.compared, 2 * 4 * 7 * 6);
  EXPECT_GT(found.nonzero, 200);
  EXPECT_EQ(found.tolerance, 0);
}

TEST(Verify, FindsTheSmallestDifferenceAndSaysWhere) {
  const Comparison found = verify_spoiled(text, [](const Operands& o, Workspace) { y_of(o)[42 + 6 + 1] += 0.5f; });
  EXPECT_EQ(found.outcome, Outcome::failed);
  EXPECT_EQ(found.wrong, 1);
  EXPECT_EQ(found.first_wrong, (Dims{0, 0, 1, 1, 1}));
  EXPECT_EQ(found.max_error, 0.5);
}

TEST(Verify, FindsNanAndWhatWasNeverWritten) {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(verify_spoiled(text, [=](const Operands& o, Workspace) { y_of(o)[5] = nan; }).outcome, Outcome::failed);
  const auto never_run = [](const Operands&, Workspace) {};
  EXPECT_EQ(verify_run(parse_problem(text), {0, never_run, Accuracy::exact}, 1).outcome, Outcome::failed);
}

TEST(Verify, FindsWritesAroundTheResult) {
  for (const int place : {-1, 2 * 4 * 7 * 6})
    EXPECT_EQ(verify_spoiled(text, [=](const Operands& o, Workspace) { y_of(o)[place] = 0; }).outcome, Outcome::failed)
        << place;
}

TEST(Verify, FindsWritesIntoTheGapsOfAStridedResult) {
  ConvProblem problem = parse_problem("fwd f32 ncw n1 c2 k2 i5 f1");
  problem.y.strides = {0, 0, 16, 2};
  problem = canonical(problem);
  EXPECT_EQ(verify_spoiled(print(problem), [](const Operands& o, Workspace) { y_of(o)[1] = 0; }).outcome,
            Outcome::failed);
  EXPECT_EQ(verify_spoiled(print(problem), [](const Operands&, Workspace) {}).outcome, Outcome::passed);
}

TEST(Verify, FindsARunThatReadsWAlthoughItSaysThatItIsPrepared) {
  const CompiledConv compiled = compile(parse_problem(std::string(text) + " constw"), {.only = "reference"});
  const auto run = [&](const Operands& operands, Workspace) { compiled.run(operands); };
  const auto judge = [&](bool does_without) {
    const auto prepare = [=](const void*) { return does_without; };
    return verify_run(compiled.problem(), {0, run, Accuracy::exact, {}, prepare}, 7);
  };
  EXPECT_TRUE(judge(false).passed());
  EXPECT_EQ(judge(true).outcome, Outcome::failed);
  EXPECT_TRUE(judge(true).reason.starts_with("with prepared weights: ")) << judge(true).reason;
}

TEST(Verify, FindsARunThatWritesBeforeItReadsZ) {
  const CompiledConv compiled = compile(parse_problem(std::string(text) + " add"), {.only = "reference"});
  const auto run = [&](const Operands& operands, Workspace) {
    std::fill_n(y_of(operands), 2 * 4 * 7 * 6, 0.0F);
    compiled.run(operands);
  };
  const Comparison found = verify_run(compiled.problem(), {0, run, Accuracy::exact}, 7);
  EXPECT_EQ(found.outcome, Outcome::failed);
  EXPECT_NE(found.reason.find("where z is the result itself"), std::string::npos) << found.reason;
}

TEST(Verify, FindsWritesToWhatIsOnlyRead) {
  EXPECT_EQ(verify_spoiled(text, [](const Operands& o, Workspace) { static_cast<float*>(o.x)[3] = 9; }).outcome,
            Outcome::failed);
  EXPECT_EQ(verify_spoiled(text, [](const Operands& o, Workspace) { static_cast<float*>(o.w)[3] = 9; }).outcome,
            Outcome::failed);
}

TEST(Verify, FindsWritesAroundTheWorkspace) {
  const auto overrun = [](const Operands&, Workspace workspace) { workspace.data()[100] = std::byte(1); };
  EXPECT_EQ(verify_spoiled(text, overrun, 100).outcome, Outcome::failed);
  EXPECT_EQ(verify_spoiled(text, overrun, 101).outcome, Outcome::passed);
}

TEST(Verify, ForgottenEpiloguesShow) {
  const ConvProblem asked = parse_problem("fwd f32 nchw n1 c3 k4 i7x6 f3x3 bias add relu accumulate");
  for (int left_out = 0; left_out < 4; ++left_out) {
    ConvProblem done = asked;
    if (left_out == 0) done.epilogue.bias = false;
    if (left_out == 1) done.epilogue.add = false;
    if (left_out == 2) done.epilogue.activation = Activation::none;
    if (left_out == 3) done.accumulate = false;
    const CompiledConv compiled = compile(done);
    const auto run = [&](Operands operands, Workspace) {
      if (!done.epilogue.bias) operands.bias = nullptr;
      if (!done.epilogue.add) operands.z = nullptr, operands.alpha = 1;
      compiled.run(operands);
    };
    EXPECT_EQ(verify_run(asked, {0, run, Accuracy::exact}, 1).outcome, Outcome::failed) << left_out;
  }
}

TEST(Verify, ZeroIsAcceptedOnlyWhereNothingElseIsPossible) {
  const auto write_zeros = [](const Operands& o, Workspace) { std::memset(o.y, 0, 2 * 4 * sizeof(float)); };
  // All taps fall into the padding: always zero.
  EXPECT_TRUE(
      verify_run(parse_problem("fwd f32 ncw n1 c2 k4 i1 f1 o2 s9 p4"), {0, write_zeros, Accuracy::exact}, 1).passed());
  EXPECT_EQ(verify_run(parse_problem("fwd f32 ncw n1 c2 k4 i2 f1"), {0, write_zeros, Accuracy::exact}, 1).outcome,
            Outcome::failed);
}

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

bool all_finite(const void* data, int count) {
  const auto* const numbers = static_cast<const float*>(data);
  return std::all_of(numbers, numbers + count, [](float number) { return std::isfinite(number); });
}

// With stride 4 a filter of three taps may become one of ten: what an infinity would meet then may be NaN, nothing
// else.
TEST(Verify, NanMayStandInADataGradientBesideTheFilter) {
  const auto failures = [](int behind_filter) {
    int failed = 0, spoiled = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      const CompiledConv compiled =
          compile(parse_problem("dgrad f32 ncw n1 c1 k1 i20 f3 o2 s4"), {.only = "reference"});
      const auto run = [&](const Operands& o, Workspace) {
        compiled.run(o);
        if (all_finite(static_cast<const float*>(o.y) + 1, 1) || !all_finite(o.w, 3)) return;
        ++spoiled;
        static_cast<float*>(o.x)[6 + behind_filter] = not_a_number;
      };
      failed += verify_run(compiled.problem(), {0, run, Accuracy::exact}, seed).outcome == Outcome::failed;
    }
    EXPECT_GT(spoiled, 0);
    return failed;
  };
  EXPECT_EQ(failures(7), 0);
  EXPECT_GT(failures(8), 0);
}

// The last element of x meets no output at the first tap, but one at the second: that sum is not finite.
TEST(Verify, NanMayStandInAWeightGradientWhereAnInfinityMeetsNoOutput) {
  int spoiled = 0, failed_at[2] = {};
  for (const int tap : {0, 1})
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
      const CompiledConv compiled = compile(parse_problem("wgrad f32 ncw n1 c1 k1 i9 f2 o9 p1"), {.only = "reference"});
      const auto run = [&](const Operands& o, Workspace) {
        compiled.run(o);
        if (!all_finite(o.y, 9) || !all_finite(o.x, 8) || all_finite(o.x, 9)) return;
        ++spoiled;
        static_cast<float*>(o.w)[tap] = tap == 0 ? not_a_number : 1;
      };
      failed_at[tap] += verify_run(compiled.problem(), {0, run, Accuracy::exact}, seed).outcome == Outcome::failed;
    }
  EXPECT_GT(spoiled, 0);
  EXPECT_EQ(failed_at[0], 0);
  EXPECT_GT(failed_at[1], 0);
}

TEST(Verify, RefusesWhatTheEngineRefusesWithItsReason) {
  Policy policy;
  policy.only = "trivial";
  const Comparison found = verify(parse_problem(text), policy);
  EXPECT_EQ(found.outcome, Outcome::refused);
  EXPECT_NE(found.reason.find("there is something to compute"), std::string::npos) << found.reason;
}

TEST(Tolerance, IsZeroForIntegersThatOnlyReassociate) {
  for (const char* problem : {"fwd f32 n1 c64 k64 i8x8 f3x3", "fwd bf16 n1 c64 k64 i8x8 f3x3",
                              "wgrad cf32 n2 c4 k4 i9 f3", "fwd i8 n1 c9 k9 i8 f3"}) {
    const Tolerance tolerance = tolerance_of(parse_problem(problem), Accuracy::reassociated, {});
    EXPECT_EQ(tolerance.at(1e6), 0) << problem;
  }
}

TEST(Verify, AsksForMemoryBeforeItRepeatsAnElement2To40Times) {
  try {
    verify(parse_problem("wgrad f32 [0,0,0,0]:ncw:[0,0,0,0] n1099511627776 i1 f1"), {.threads = 1});
    FAIL() << "there were 2^44 bytes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
  }
}

TEST(Tolerance, OfTransformsCatchesAnIntegerThatIsOffByOne) {
  const Tolerance tolerance =
      tolerance_of(parse_problem("fwd f32 n1 c512 k512 i14x14 f3x3 p1"), Accuracy::transformed, {});
  EXPECT_GT(tolerance.at(0), 0);
  EXPECT_LT(tolerance.at(100), 10);
  EXPECT_LT(tolerance_of(parse_problem("fwd f32 n1 c16 k16 i14x14 f3x3 p1"), Accuracy::transformed, {}).at(100), 0.5);
}

TEST(Tolerance, AdmitsInfinitiesOnlyWhereTheyAreWanted) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tolerance tolerance{.absolute = 1, .relative = 1};
  EXPECT_TRUE(tolerance.admits(infinity, infinity));
  EXPECT_FALSE(tolerance.admits(infinity, 1));
  EXPECT_FALSE(tolerance.admits(1, infinity));
  EXPECT_FALSE(tolerance.admits(std::nan(""), 1));
}

TEST(ExactRange, ShrinksAsSumsGrowAndEndsWhereTheyCannotBeExact) {
  EXPECT_EQ(exact_range(parse_problem("fwd f32 n1 c64 k64 i8x8 f3x3")), 2);
  EXPECT_EQ(exact_range(parse_problem("wgrad f32 n10 c1 k1 i1000x1000 f1x1")), 1);
  EXPECT_EQ(exact_range(parse_problem("wgrad f32 n32 c1 k1 i1000x1000 f1x1")), 0);
  EXPECT_EQ(exact_range(parse_problem("wgrad f64 n32 c1 k1 i1000x1000 f1x1")), 2);
  EXPECT_EQ(exact_range(parse_problem("fwd i8 n1 c64 k64 i8x8 f3x3")), 2);
}

}  // namespace
}  // namespace faltung
