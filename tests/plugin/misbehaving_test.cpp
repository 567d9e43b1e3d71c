// Whatever a plug-in does wrong is a reason, a struck-out candidate or an error; the program goes on.
#include <array>

#include "plugin/engines.h"

namespace faltung {
namespace {

using test::error_of;
using test::Fault;
using test::forward;
using test::row_of;

const Policy only{.only = "faulty"};

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

Context context_with_it() {
  Context context;
  context.add_engine_library(MISBEHAVING_ENGINE);
  return context;
}

struct Case {
  const char* fault;
  const char* said;
};

class Misbehaving : public testing::Test {
 protected:
  // What the table says of it, with the fault.
  std::string reason_under(const char* name) {
    const Fault fault(name);
    Context context = context_with_it();
    const Selection selection = explain(parse_problem(forward), only, context);
    EXPECT_FALSE(selection.winner) << print(selection);
    const Candidate& row = row_of(selection, "faulty");
    return row.accepted ? row.note : row.reason;
  }
};

TEST_F(Misbehaving, EnginesThatCannotBeAddedSayWhy) {
  const std::array cases{
      Case{"throws when entered", "it threw: something"},
      Case{"does not want to", "cannot be used: not on this kind of machine"},
      Case{"is of another version", "was built for version 99 of the plug-in interface; here it is 1"},
      Case{"has no engines", "has no engines"},
      Case{"has a billion engines", "has 1000000000 engines"},
      Case{"has a null engine", "describes an engine by too small a struct"},
      Case{"describes half an engine", "describes an engine by too small a struct"},
      Case{"has a name of two words", "names an engine with other characters"},
      Case{"has a version of two words", "a version that is not one word"},
      Case{"has another device", "none of cpu, cuda, hip"},
      Case{"cannot run", "without all its functions"},
      Case{"takes a name", "there is an engine cpu.gemm already"},
      Case{"has an engine twice", "there is an engine faulty already"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.fault);
    const Fault fault(each.fault);
    Context context;
    const std::size_t before = context.engines().size();
    try {
      context.add_engine_library(MISBEHAVING_ENGINE);
      ADD_FAILURE() << "it was added";
    } catch (const Error& error) {
      expect_contains(error.what(), each.said);
    }
    EXPECT_EQ(context.engines().size(), before);
  }
}

TEST_F(Misbehaving, RefusalsAndFailedPlansStandInTheTable) {
  EXPECT_EQ(reason_under("is not there"), "its license has ended?[2J");
  EXPECT_EQ(reason_under("throws when asked whether it is there"), "it threw: something");
  EXPECT_EQ(reason_under("throws when asked"), "it threw: something");
  EXPECT_EQ(reason_under("gives no reason"), "it gave no reason");
  EXPECT_EQ(reason_under("overfills its reason"), std::string(512, 'a'));
  EXPECT_EQ(reason_under("names a variant by a sentence"), "calls a variant 'two words', which is no word");
  expect_contains(reason_under("does not end a variant's name"), "which is no word");
  EXPECT_EQ(reason_under("has an accuracy of its own"), "says that its accuracy is 'fair', which there is not");
  expect_contains(reason_under("throws when planning"), "it threw: something");
  expect_contains(reason_under("fails to plan"), "the compiler of its kernels is missing");
  expect_contains(reason_under("needs more bytes than there are"), "more bytes than there can be");
  expect_contains(reason_under("promises to prepare and cannot"), "has no prepare()");
}

TEST_F(Misbehaving, AnotherEngineTakesThePlaceOfOneThatFailsToPlan) {
  const Fault fault("fails to plan");
  Context context = context_with_it();
  const Selection selection =
      explain(parse_problem(forward), {.without = {"cpu.gemm", "cpu.window", "cpu.winograd", "cpu.fft", "cpu.onednn"}},
              context);
  ASSERT_TRUE(selection.winner);
  EXPECT_EQ(selection.chosen()->engine, "reference");
  expect_contains(selection.warning, "the compiler of its kernels is missing");
}

TEST_F(Misbehaving, RunsThatFailAreErrorsWithTheEnginesName) {
  for (const Case& each : {Case{"throws when run", "faulty failed to run: it threw: something"},
                           Case{"fails to run", "faulty failed to run: the device was unplugged"}}) {
    const Fault fault(each.fault);
    Context context = context_with_it();
    EXPECT_EQ(error_of(ErrorCode::EngineFailure, [&] { verify(parse_problem(forward), only, context); }), each.said);
  }
}

TEST_F(Misbehaving, VerifyFindsWhatIsWrong) {
  for (const Case& each : {Case{"computes a wrong number", "wrong"},
                           Case{"writes before its output", "wrote to memory around the elements of y"},
                           Case{"writes behind its workspace", "wrote around its workspace"}}) {
    SCOPED_TRACE(each.fault);
    const Fault fault(each.fault);
    Context context = context_with_it();
    const Comparison comparison = verify(parse_problem(forward), only, context);
    EXPECT_EQ(comparison.outcome, Outcome::failed);
    expect_contains(comparison.reason, each.said);
  }
}

// Of a problem that it does by a shortcut.
TEST_F(Misbehaving, MeasuringStrikesOutWhatIsWrong) {
  const Policy policy{.without = {"cpu.gemm", "cpu.window", "cpu.winograd", "cpu.fft", "cpu.onednn"},
                      .effort = Effort::Exhaustive,
                      .measure_seconds = 0.01};
  for (const Case& each : {Case{"computes a wrong number", "struck out: reference disagrees: "},
                           Case{"writes before its output", "wrote around its output or its workspace"},
                           Case{"writes behind its workspace", "wrote around its output or its workspace"}}) {
    SCOPED_TRACE(each.fault);
    const Fault fault(each.fault);
    Context context;
    context.set_tuning_access(TuningAccess::off);
    context.add_engine_library(MISBEHAVING_ENGINE);
    const Selection selection = explain(parse_problem("fwd f32 nchw n1 c1 k1 i64x64 f1x1"), policy, context);
    ASSERT_TRUE(selection.winner) << print(selection);
    EXPECT_NE(selection.chosen()->engine, "faulty") << print(selection);
    expect_contains(row_of(selection, "faulty").note, each.said);
  }
}

TEST_F(Misbehaving, OddButRightOnesWork) {
  for (const char* name : {"", "estimates no number", "claims a thousand variants", "needs a workspace",
                           "knows an older engine", "prepares weights", "has two variants"}) {
    SCOPED_TRACE(name);
    const Fault fault(name);
    Context context = context_with_it();
    for (const VerifiedVariant& each : verify_variants(parse_problem(std::string(forward) + " constw"), only, context))
      EXPECT_TRUE(each.comparison.passed()) << print(each.comparison);
  }
}

TEST_F(Misbehaving, VariantsAndPreparedWeightsAreTakenAsTheyAreGiven) {
  const ConvProblem problem = parse_problem(std::string(forward) + " constw");
  Context two, prepares;
  {
    const Fault fault("has two variants");
    two.add_engine_library(MISBEHAVING_ENGINE);
    EXPECT_EQ(variants_of(problem, only, two), (std::vector<std::string>{"slow", "fast"}));
    EXPECT_EQ(compile_variant(problem, "fast", only, two).selection().chosen()->variant, "fast");
  }
  const Fault fault("prepares weights");
  prepares.add_engine_library(MISBEHAVING_ENGINE);
  const std::vector<float> w(4 * 3 * 3 * 2);
  EXPECT_EQ(compile(problem, only, prepares).prepare(w.data())->bytes(), w.size() * sizeof(float));
}

TEST_F(Misbehaving, WeightsThatItCannotPrepareAreAnError) {
  const Fault fault("fails to prepare");
  Context context = context_with_it();
  const CompiledConv plan = compile(parse_problem(forward), only, context);
  const std::vector<float> w(4 * 3 * 3 * 2);
  EXPECT_EQ(error_of(ErrorCode::EngineFailure, [&] { plan.prepare(w.data()); }),
            "faulty failed to prepare weights: these weights are too heavy");
}

}  // namespace
}  // namespace faltung
