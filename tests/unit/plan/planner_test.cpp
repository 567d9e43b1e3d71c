#include "measure/device_instruments.h"
#include "plan/planner.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "faltung/tune.h"
#include "plan/tuning.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");

// An engine whose answers the test sets.
class Toy : public Engine {
 public:
  Toy(std::string name, double seconds) : name_(std::move(name)), seconds_(seconds) {}
  std::string_view name() const override { return name_; }
  Kind kind() const override { return kind_; }
  Verdict supports(const ConvProblem& p, const DeviceInfo&) const override {
    ++asked;
    return Verdict().need(accepts, "the toy refuses").need(!forward_only || p.pass == Pass::Forward, "forward only");
  }
  Estimate estimate(const ConvProblem&, const DeviceInfo&) const override { return {.overhead_seconds = seconds_}; }
  std::shared_ptr<const Plan> plan(const ConvProblem& p, const Variant&, Planner& planner) const override {
    if (fails || (fails_backward && p.pass != Pass::Forward)) throw Error(ErrorCode::EngineFailure, "the toy fails");
    struct Result : Plan {
      std::string text;
      std::size_t bytes = 0;
      std::shared_ptr<const Plan> part;
      std::size_t workspace_bytes() const override { return bytes; }
      void run(const Operands&, Workspace, const Stream&) const override {}
      void outline(Outline& outline) const override {
        outline.line(text);
        if (part) outline.child(*part);
      }
    };
    auto result = std::make_shared<Result>();
    result->text = name_;
    result->bytes = workspace;
    if (kind_ == Kind::composite) {
      ConvProblem part = p;
      part.pass = Pass::Forward;
      result->part = planner.solve(part);
    }
    return result;
  }

  bool accepts = true, fails = false, fails_backward = false, forward_only = false;
  std::size_t workspace = 0;
  Kind kind_ = Kind::leaf;
  mutable int asked = 0;

 private:
  std::string name_;
  double seconds_;
};

Toy slow("toy.slow", 2e-3), quick("toy.quick", 1e-3), whole("toy.composite", 1e-4), last("toy.oracle", 1.0);

constexpr EngineEntry entries[] = {
    {"toy.missing", nullptr, "its library was not found"},
    {"toy.slow", []() -> const Engine& { return slow; }, ""},
    {"toy.quick", []() -> const Engine& { return quick; }, ""},
    {"toy.composite", []() -> const Engine& { return whole; }, ""},
    {"toy.oracle", []() -> const Engine& { return last; }, ""},
};

class Planning : public testing::Test {
 protected:
  void SetUp() override {
    for (Toy* toy : {&slow, &quick, &whole, &last})
      toy->accepts = true, toy->fails = toy->fails_backward = toy->forward_only = false, toy->workspace = 0;
    whole.kind_ = Engine::Kind::composite;
    last.kind_ = Engine::Kind::oracle;
  }
  Selection choose(const Policy& policy, const ConvProblem& p = problem) {
    return *Planner(entries, info, policy, tuning, device_instruments).choose(p).selection;
  }
  const DeviceInfo info = cpu_info(1);
  TuningRecords tuning;
};

TEST_F(Planning, TakesTheLeafWithTheLeastEstimatedTime) {
  const Selection s = choose({});
  EXPECT_EQ(s.chosen()->engine, "toy.quick");
  EXPECT_EQ(s.decision, Decision::estimated);
  EXPECT_EQ(s.candidates[0].reason, "not built: its library was not found");
}

TEST_F(Planning, TriesTheNextWhenAPlanFailsAndKeepsTheReason) {
  quick.fails = true;
  const Selection s = choose({});
  EXPECT_EQ(s.chosen()->engine, "toy.slow");
  EXPECT_EQ(s.candidates[2].note, "planning failed: the toy fails");
}

TEST_F(Planning, HonoursTheWorkspaceLimit) {
  quick.workspace = 1000;
  EXPECT_EQ(choose({.workspace_limit = 1000}).chosen()->engine, "toy.quick");
  const Selection s = choose({.workspace_limit = 999});
  EXPECT_EQ(s.chosen()->engine, "toy.slow");
  EXPECT_NE(s.candidates[2].note.find("1000 bytes"), std::string::npos);
}

TEST_F(Planning, OnlyAndWithoutAreObeyed) {
  EXPECT_EQ(choose({.only = "toy.slow"}).chosen()->engine, "toy.slow");
  EXPECT_EQ(choose({.only = "toy.slow"}).decision, Decision::only);
  EXPECT_EQ(choose({.without = {"toy.quick"}}).chosen()->engine, "toy.slow");
  EXPECT_FALSE(choose({.only = "no.such"}).winner);
}

TEST_F(Planning, CompositesWaitUntilNoLeafAcceptsAndTheOracleComesLast) {
  ConvProblem backward = problem;
  backward.pass = Pass::DataGrad;
  slow.forward_only = quick.forward_only = true;
  const Selection s = choose({}, canonical(backward));
  EXPECT_EQ(s.chosen()->engine, "toy.composite");
  EXPECT_EQ(s.outline, "toy.composite\n  toy.quick\n");
  slow.accepts = quick.accepts = false;  // the composite's part finds no engine: the oracle serves the whole
  EXPECT_EQ(choose({}).chosen()->engine, "toy.oracle");
  EXPECT_EQ(choose({.only = "toy.composite"}).outline, "toy.composite\n  toy.oracle\n");
}

TEST_F(Planning, CompositesComeBeforeTheOracleWhereEveryLeafFailedToPlan) {
  slow.fails_backward = quick.fails_backward = true;
  ConvProblem backward = problem;
  backward.pass = Pass::DataGrad;
  const Selection selection = choose({}, canonical(backward));
  ASSERT_TRUE(selection.chosen());
  EXPECT_EQ(selection.chosen()->engine, "toy.composite");
}

TEST_F(Planning, MeasuringFillsTheTableAndTheRecords) {
  const Selection s = choose({.effort = Effort::Measure});
  EXPECT_EQ(s.decision, Decision::measured);
  EXPECT_TRUE(s.candidates[1].measured_seconds && s.candidates[2].measured_seconds && s.candidates[3].measured_seconds);
  EXPECT_FALSE(s.candidates[4].measured_seconds);  // the oracle is not worth the time while others accept
  ASSERT_TRUE(tuning.find(problem));
  EXPECT_EQ(tuning.find(problem)->engine, s.chosen()->engine);
  EXPECT_TRUE(choose({.without = {"toy.slow"}, .effort = Effort::Exhaustive}).chosen());
}

TEST_F(Planning, WhereAllThatAcceptFailTheOracleIsMeasured) {
  slow.accepts = quick.accepts = false;  // the composite accepts, and finds no engine for its part
  const Selection s = choose({.effort = Effort::Measure});
  ASSERT_TRUE(s.winner);
  EXPECT_EQ(s.chosen()->engine, "toy.oracle");
  EXPECT_TRUE(s.chosen()->measured_seconds);
}

TEST_F(Planning, ARecordDecidesWhileItsEngineAccepts) {
  EXPECT_FALSE(choose({.effort = Effort::TunedOnly}).winner);
  tuning.add(problem, {"toy.slow", "", 1e-3});
  EXPECT_EQ(choose({.effort = Effort::TunedOnly}).chosen()->engine, "toy.slow");
  EXPECT_EQ(choose({}).decision, Decision::tuned);
  slow.accepts = false;
  EXPECT_EQ(choose({}).chosen()->engine, "toy.quick");
}

TEST_F(Planning, ARestrictedMeasurementLeavesNoRecord) {
  choose({.only = "toy.slow", .effort = Effort::Measure});
  EXPECT_FALSE(tuning.find(problem));
}

TEST(TuningText, SurvivesTheRoundTripAndRefusesBadLines) {
  TuningRecords records;
  records.add(problem, {"cpu.gemm", "", 1.25e-3});
  records.add(parse_problem("dgrad i9 f3"), {"cpu.direct", "a", 2e-6});
  TuningRecords copy;
  copy.parse(records.text());
  EXPECT_EQ(copy.text(), records.text());
  for (const char* bad :
       {"x cpu.gemm - fwd i9 f3", "1e-3 cpu.gemm", "-1 cpu.gemm - i9 f3", "nan e - i9 f3", "1 e - fwd"})
    EXPECT_THROW(copy.parse(std::string("1 e - i9 f3\n") + bad), Error) << bad;
  EXPECT_EQ(copy.text(), records.text());  // a bad line adds nothing, not even the good ones before it
}

TEST(PlanCache, AnswersTheSecondTimeAndStaysWithinItsBytes) {
  Context context;
  compile(problem, {}, context);
  compile(problem, {}, context);
  EXPECT_EQ(context.cache_statistics().hits, 1u);
  compile(problem, {.only = "reference"}, context);
  EXPECT_EQ(context.cache_statistics().entries, 2u);
  context.set_cache_limit(context.cache_statistics().bytes - 1);
  EXPECT_EQ(context.cache_statistics().entries, 1u);
  context.set_cache_limit(0);
  EXPECT_EQ(context.cache_statistics().bytes, 0u);
  compile(problem, {}, context);  // works without keeping anything
}

TEST(PlanCache, IsSharedByAllThreads) {
  Context context;
  compile(problem, {}, context);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) compile(problem, {}, context);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(context.cache_statistics().misses, 1u);
}

TEST(Tuning, ReplacesAnEarlierChoice) {
  Context context;
  compile(problem, {}, context);
  context.load_tuning_text("1e-6 reference - " + print(problem) + "\n");
  const CompiledConv tuned = compile(problem, {}, context);
  EXPECT_EQ(tuned.engine(), "reference");
  EXPECT_EQ(tuned.selection().decision, Decision::tuned);
}

TEST(CompiledConv, RefusesPointersThatCannotBeRight) {
  const CompiledConv conv = compile(problem, {.only = "reference"});
  alignas(64) float x[72]{}, w[36]{}, y[32]{};
  EXPECT_THROW(conv.run({nullptr, w, y}), Error);
  EXPECT_THROW(conv.run({x + 1, w, y}), Error);  // the problem promises 16 bytes
  conv.run({x, w, y});
  const CompiledConv biased = compile(parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3 bias"), {.only = "reference"});
  EXPECT_THROW(biased.run({x, w, y}), Error);
}

TEST(Compile, SaysWhyWhenNoEngineCan) {
  try {
    compile(problem, {.only = "no.such"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(std::string(error.what()).find("reproduce: faltung verify"), std::string::npos);
  }
}

}  // namespace
}  // namespace faltung
