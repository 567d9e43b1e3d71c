#include "plan/planner.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "context/context_impl.h"
#include "faltung/tune.h"
#include "measure/device_instruments.h"
#include "plan/tuning_key.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");

struct ToyPlan : Plan {
  std::string text;
  std::size_t bytes = 0;
  std::shared_ptr<const Plan> part;
  std::size_t workspace_bytes() const override { return bytes; }
  void run(const Operands&, Workspace, const Execution&) const override {}
  void outline(Outline& outline) const override {
    outline.line(text);
    if (part) outline.child(*part);
  }
};

// An engine whose answers the test sets.
class Toy : public Engine {
 public:
  Toy(std::string name, double seconds) : name_(std::move(name)), seconds_(seconds) {}
  std::string_view name() const override { return name_; }
  Kind kind() const override { return kind_; }
  Answer ask(const ConvProblem& p, const DeviceInfo&) const override {
    ++asked;
    const Verdict verdict =
        Verdict().need(accepts, "the toy refuses").need(!forward_only || p.pass == Pass::Forward, "forward only");
    if (!verdict) return verdict;
    if (asking_throws) throw Error(asking_throws.value(), "the toy has no plan");
    return std::make_unique<ToyOffer>(*this, p);
  }

  std::optional<ErrorCode> asking_throws;
  bool accepts = true, fails = false, fails_backward = false, forward_only = false, lacks_memory = false;
  std::size_t workspace = 0;
  bool offers_half = false;  // a second variant, of half the workspace and twice the time
  Kind kind_ = Kind::leaf;
  mutable int asked = 0;

 private:
  struct ToyOffer final : Offer {
    ToyOffer(const Toy& of, const ConvProblem& p) : toy(of), problem(p) {}
    Variant first() override { return {.seconds = toy.seconds_}; }
    std::vector<Variant> variants() override {
      std::vector<Variant> all{first()};
      if (toy.offers_half) all.push_back({"half", 2 * toy.seconds_, Accuracy::reassociated, toy.workspace / 2});
      return all;
    }
    std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
      if (toy.fails || (toy.fails_backward && problem.pass != Pass::Forward))
        throw Error(ErrorCode::EngineFailure, "the toy fails");
      if (toy.lacks_memory) throw std::bad_alloc();
      auto result = std::make_shared<ToyPlan>();
      result->text = toy.name_;
      result->bytes = variant.name == "half" ? toy.workspace / 2 : toy.workspace;
      if (toy.kind_ == Kind::composite) {
        ConvProblem part = problem;
        part.pass = Pass::Forward;
        result->part = planner.solve(part);
        result->promise(result->part->accuracy(), 1e-6 + result->part->seconds());
      }
      return result;
    }
    const Toy& toy;
    const ConvProblem& problem;
  };

  std::string name_;
  double seconds_;
};

const auto slow = std::make_shared<Toy>("toy.slow", 2e-3), quick = std::make_shared<Toy>("toy.quick", 1e-3),
           whole = std::make_shared<Toy>("toy.composite", 1e-4), last = std::make_shared<Toy>("toy.last_resort", 1.0);

const EngineList entries{{.name = "toy.missing", .missing = "its library was not found"},
                         {.name = "toy.slow", .engine = slow},
                         {.name = "toy.quick", .engine = quick},
                         {.name = "toy.composite", .engine = whole},
                         {.name = "toy.last_resort", .engine = last}};

class Planning : public testing::Test {
 protected:
  void SetUp() override {
    for (Toy* toy : {slow.get(), quick.get(), whole.get(), last.get()}) {
      toy->accepts = true, toy->fails = toy->fails_backward = toy->forward_only = toy->offers_half = false;
      toy->lacks_memory = false;
      toy->asking_throws.reset();
      toy->workspace = 0;
    }
    whole->kind_ = Engine::Kind::composite;
    last->kind_ = Engine::Kind::last_resort;
  }
  Planned planned(const Policy& policy, const ConvProblem& p = problem) {
    return Planner(entries, info, policy, tuning, device_instruments).choose(p);
  }
  Selection choose(const Policy& policy, const ConvProblem& p = problem) { return *planned(policy, p).selection; }
  std::optional<TuningRecord> recorded(const Policy& policy = {}) const {
    std::optional<TuningRecord> record;
    tuning.find(tuning_key(problem, policy, info), [&](const FoundRecord& found) {
      record = found.record;
      return true;
    });
    return record;
  }
  void put_on_record(const std::string& engine, const std::string& variant = "") {
    tuning.add({.key = {problem}, .engine = engine, .variant = variant, .seconds = 1e-3});
  }
  const DeviceInfo info = cpu_info(1);
  TuningRecords tuning;
};

TEST_F(Planning, TakesTheLeafWithTheLeastEstimatedTime) {
  const Selection s = choose({});
  EXPECT_EQ(s.chosen()->engine, "toy.quick");
  EXPECT_EQ(s.decision, Decision::estimated);
  EXPECT_EQ(s.candidates[0].reason, "its library was not found");
}

TEST_F(Planning, UnsupportedThrownByAnEngineIsItsRefusal) {
  quick->asking_throws = ErrorCode::Unsupported;
  const Selection s = choose({});
  EXPECT_EQ(s.chosen()->engine, "toy.slow");
  EXPECT_EQ(s.candidates[2].reason, "the toy has no plan");
  quick->asking_throws = ErrorCode::EngineFailure;
  EXPECT_THROW(choose({}), Error);
}

TEST_F(Planning, TriesTheNextWhenAPlanFailsAndKeepsTheReason) {
  quick->fails = true;
  const Selection s = choose({});
  EXPECT_EQ(s.chosen()->engine, "toy.slow");
  EXPECT_EQ(s.candidates[2].note, "planning failed: the toy fails");
}

TEST_F(Planning, WithoutMemoryTakesTheNextEngineAndSaysThatItIsForNow) {
  quick->lacks_memory = true;
  EXPECT_EQ(planned({}).selection->chosen()->engine, "toy.slow");
  EXPECT_TRUE(planned({}).short_of_memory);
}

TEST_F(Planning, LackOfMemoryForAPartIsLackOfMemory) {
  quick->lacks_memory = slow->lacks_memory = true;
  const Policy only{.only = "toy.composite", .without = {"toy.last_resort"}};
  EXPECT_FALSE(planned(only).plan);
  EXPECT_TRUE(planned(only).short_of_memory);
  slow->lacks_memory = false;
  EXPECT_TRUE(planned(only).plan);
  EXPECT_TRUE(planned(only).short_of_memory) << "the part could have had a better engine";
  EXPECT_EQ(failure_of(planned(only)), ErrorCode::OutOfMemory);
}

TEST_F(Planning, HonoursTheWorkspaceLimit) {
  quick->workspace = 1000;
  EXPECT_EQ(choose({.workspace_limit = 1000}).chosen()->engine, "toy.quick");
  const Selection s = choose({.workspace_limit = 999});
  EXPECT_EQ(s.chosen()->engine, "toy.slow");
  EXPECT_NE(s.candidates[2].note.find("1000 bytes"), std::string::npos);
}

TEST_F(Planning, UnderALimitTheFastestVariantThatFitsIsTaken) {
  quick->workspace = 1000;
  quick->offers_half = true;  // 2 ms, as long as the slow engine: the first in the list wins
  EXPECT_EQ(choose({.workspace_limit = 999}).chosen()->engine, "toy.slow");
  slow->workspace = 1000;
  const Selection s = choose({.workspace_limit = 999});
  EXPECT_EQ(s.chosen()->engine, "toy.quick");
  EXPECT_EQ(s.chosen()->variant, "half");
  EXPECT_EQ(s.chosen()->workspace_bytes, 500u);
  EXPECT_EQ(s.warning, "");
}

TEST_F(Planning, ALastResortIsNeverTakenInSilence) {
  slow->workspace = quick->workspace = 1000;
  whole->accepts = false;
  const Selection s = choose({.workspace_limit = 999});
  EXPECT_EQ(s.chosen()->engine, "toy.last_resort");
  EXPECT_NE(s.warning.find("toy.slow needs a workspace of 1000 bytes"), std::string::npos) << s.warning;
  EXPECT_NE(print(s).find("warning: "), std::string::npos);
}

TEST_F(Planning, APlanPromisesItsPartsAccuracyAndTime) {
  const Planned leaf = Planner(entries, info, {}, tuning, device_instruments).choose(problem);
  EXPECT_EQ(leaf.plan->accuracy(), Accuracy::reassociated);
  EXPECT_DOUBLE_EQ(leaf.plan->seconds(), 1e-3);
  const Planned composite =
      Planner(entries, info, {.only = "toy.composite"}, tuning, device_instruments).choose(problem);
  EXPECT_EQ(composite.plan->accuracy(), Accuracy::reassociated);
  EXPECT_DOUBLE_EQ(composite.plan->seconds(), 1e-3 + 1e-6);
  EXPECT_DOUBLE_EQ(*composite.selection->chosen()->estimated_seconds, 1e-3 + 1e-6);
}

TEST_F(Planning, EachEngineIsAskedOnce) {
  quick->asked = 0;
  choose({});
  EXPECT_EQ(quick->asked, 1);
}

TEST(EngineRegistry, GrowsAndShrinksWhilePlansLiveOn) {
  Registry registry(entries);
  const auto before = registry.snapshot();
  auto added = std::make_shared<Toy>("toy.added", 1e-5);
  const std::weak_ptr<Toy> watched = added;
  registry.add(added);
  EXPECT_THROW(registry.add(std::make_shared<Toy>("toy.added", 1.0)), Error);
  TuningRecords tuning;
  const DeviceInfo info = cpu_info(1);
  Planned planned = Planner(*registry.snapshot(), info, {}, tuning, device_instruments).choose(problem);
  EXPECT_EQ(planned.selection->chosen()->engine, "toy.added");
  EXPECT_EQ(before->size() + 1, registry.snapshot()->size());
  EXPECT_TRUE(registry.remove("toy.added"));
  EXPECT_FALSE(registry.remove("toy.added"));
  added.reset();
  EXPECT_FALSE(watched.expired()) << "the plan keeps its engine";
  planned.plan.reset();
  EXPECT_TRUE(watched.expired());
}

TEST_F(Planning, OnlyAndWithoutAreObeyed) {
  EXPECT_EQ(choose({.only = "toy.slow"}).chosen()->engine, "toy.slow");
  EXPECT_EQ(choose({.only = "toy.slow"}).decision, Decision::only);
  EXPECT_EQ(choose({.without = {"toy.quick"}}).chosen()->engine, "toy.slow");
  EXPECT_FALSE(choose({.only = "no.such"}).winner);
}

TEST_F(Planning, CompositesWaitUntilNoLeafAcceptsAndTheLastResortComesLast) {
  ConvProblem backward = problem;
  backward.pass = Pass::DataGrad;
  slow->forward_only = quick->forward_only = true;
  const Selection s = choose({}, canonical(backward));
  EXPECT_EQ(s.chosen()->engine, "toy.composite");
  EXPECT_EQ(s.outline, "toy.composite\n  toy.quick\n");
  slow->accepts = quick->accepts = false;  // the composite's part finds no engine: the last resort serves the whole
  EXPECT_EQ(choose({}).chosen()->engine, "toy.last_resort");
  EXPECT_EQ(choose({.only = "toy.composite"}).outline, "toy.composite\n  toy.last_resort\n");
}

TEST_F(Planning, CompositesComeBeforeTheLastResortWhereEveryLeafFailedToPlan) {
  slow->fails_backward = quick->fails_backward = true;
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
  EXPECT_FALSE(s.candidates[4].measured_seconds);  // the last resort is not worth the time while others accept
  ASSERT_TRUE(recorded());
  EXPECT_EQ(recorded()->engine, s.chosen()->engine);
  EXPECT_TRUE(choose({.without = {"toy.slow"}, .effort = Effort::Exhaustive}).chosen());
}

TEST_F(Planning, WhereAllThatAcceptFailTheLastResortIsMeasured) {
  slow->accepts = quick->accepts = false;  // the composite accepts, and finds no engine for its part
  const Selection s = choose({.effort = Effort::Measure});
  ASSERT_TRUE(s.winner);
  EXPECT_EQ(s.chosen()->engine, "toy.last_resort");
  EXPECT_TRUE(s.chosen()->measured_seconds);
}

TEST_F(Planning, ARecordDecidesWhileItsEngineAccepts) {
  EXPECT_FALSE(choose({.effort = Effort::TunedOnly}).winner);
  put_on_record("toy.slow");
  EXPECT_EQ(choose({.effort = Effort::TunedOnly}).chosen()->engine, "toy.slow");
  EXPECT_EQ(choose({}).decision, Decision::tuned);
  slow->accepts = false;
  EXPECT_EQ(choose({}).chosen()->engine, "toy.quick");
}

TEST_F(Planning, ARestrictedMeasurementIsARecordOfItsRestrictionsOnly) {
  const Policy only_slow{.only = "toy.slow", .effort = Effort::Measure};
  choose(only_slow);
  EXPECT_FALSE(recorded());
  EXPECT_FALSE(recorded({.workspace_limit = 0}));
  ASSERT_TRUE(recorded(only_slow));
  EXPECT_EQ(recorded(only_slow)->engine, "toy.slow");
  EXPECT_EQ(choose({.only = "toy.slow", .effort = Effort::TunedOnly}).chosen()->engine, "toy.slow");
}

TEST_F(Planning, TheFastestOfAllIsTheFastestOfThoseAllowedIfItIsOneOfThem) {
  put_on_record("toy.slow");
  EXPECT_EQ(choose({.without = {"toy.quick"}}).decision, Decision::tuned);
  const Selection without = choose({.without = {"toy.slow"}});
  EXPECT_EQ(without.decision, Decision::estimated);
  EXPECT_EQ(without.record_notes,
            std::vector<std::string>{"this context: toy.slow is not taken: the policy leaves it out"});
}

TEST_F(Planning, ARecordOfAnotherRevisionIsNotTakenAndSaysSo) {
  tuning.add({.key = {problem}, .engine = "toy.slow", .seconds = 1e-3, .revision = 7});
  const Selection selection = choose({});
  EXPECT_EQ(selection.chosen()->engine, "toy.quick");
  const std::string note = "this context: measured with revision 7 of toy.slow, here 1";
  EXPECT_EQ(selection.record_notes, std::vector<std::string>{note});
  EXPECT_NE(print(selection).find("no tuning record: " + note), std::string::npos) << print(selection);
}

TEST_F(Planning, ARecordOfAnotherNumberOfThreadsIsAnotherRecord) {
  tuning.add({.key = {problem, 2}, .engine = "toy.slow", .seconds = 1e-3});
  EXPECT_EQ(choose({}).decision, Decision::estimated);
  tuning.add({.key = {problem, 1}, .engine = "toy.slow", .seconds = 1e-3});
  EXPECT_EQ(choose({}).decision, Decision::tuned);
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

TEST(Compile, KnowsEnginesByNameWhileTheyAreThere) {
  Context context;
  const Policy without{.without = {"toy.slow"}}, only{.only = "toy.slow"};
  const auto is_refused = [&](const Policy& policy) {
    try {
      compile(problem, policy, context);
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::InvalidArgument;
    }
  };
  EXPECT_TRUE(is_refused(without));
  EXPECT_TRUE(is_refused(only));
  context.impl().add_engine(slow);
  EXPECT_EQ(compile(problem, only, context).engine(), "toy.slow");
  EXPECT_NE(compile(problem, without, context).engine(), "toy.slow");
  context.impl().remove_engine("toy.slow");
  EXPECT_TRUE(is_refused(without));
  EXPECT_TRUE(is_refused(only));
}

TEST(Compile, SaysWhyWhenNoEngineCan) {
  try {
    compile(problem, {.only = "trivial"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(std::string(error.what()).find("reproduce: faltung verify"), std::string::npos);
  }
}

}  // namespace
}  // namespace faltung
