// How long measuring may take, on a clock of the test's own.
#include "plan/choice.h"

#include <gtest/gtest.h>

#include <set>

#include "measure/device_instruments.h"

namespace faltung {
namespace {

const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");

double clock_seconds = 0;

struct Nothing : Plan {
  void run(const Operands&, Workspace, const Execution&) const override {}
  void outline(Outline& outline) const override { outline.line("nothing"); }
};

// Takes a second to make each of its five plans.
class SlowToPlan : public Engine {
 public:
  explicit SlowToPlan(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  Answer ask(const ConvProblem&, const DeviceInfo&) const override {
    struct Five final : Offer {
      explicit Five(const SlowToPlan& of) : engine(of) {}
      Variant first() override { return {"v0"}; }
      std::vector<Variant> variants() override { return {{"v0"}, {"v1"}, {"v2"}, {"v3"}, {"v4"}}; }
      std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
        clock_seconds += engine.seconds;
        if (engine.failing.count(variant.name)) throw Error(ErrorCode::EngineFailure, "it fails");
        return std::make_shared<Nothing>();
      }
      const SlowToPlan& engine;
    };
    return std::make_unique<Five>(*this);
  }

  double seconds = 1;
  std::set<std::string> failing;

 private:
  std::string name_;
};

const auto first = std::make_shared<SlowToPlan>("slow.first"), second = std::make_shared<SlowToPlan>("slow.second");

const EngineList entries{{.name = "slow.first", .engine = first}, {.name = "slow.second", .engine = second}};

class AllAlike final : public Instruments {
 public:
  double now() const override { return clock_seconds; }
  double median_seconds(const Plan&, const TimingBudget&) override { return 1e-3; }
  std::string disagreement(const Plan&, const Plan&, Accuracy) override { return {}; }
};

// On a GPU, where every variant of a leaf is measured; none is used.
class BoundedMeasuring : public testing::Test {
 protected:
  void SetUp() override {
    clock_seconds = 1000;
    for (SlowToPlan* engine : {first.get(), second.get()}) engine->seconds = 1, engine->failing.clear();
    device.device = {DeviceType::cuda, 0};
  }

  Selection choose(const Policy& policy) {
    AllAlike instruments;
    return *Choice(Planner(entries, device, policy, tuning, device_instruments), problem, instruments)
                .decide()
                .selection;
  }

  // The variants of an engine that were measured.
  static std::string measured(const Selection& selection, std::string_view engine) {
    std::string names;
    for (const Candidate& row : selection.candidates)
      if (row.engine == engine && row.measured_seconds) names += row.variant + ' ';
    return names;
  }

  DeviceInfo device = cpu_info(1);
  TuningRecords tuning;
};

TEST_F(BoundedMeasuring, TriesNoFurtherVariantOnceTheSecondsAreSpent) {
  const Selection selection = choose({.effort = Effort::Measure, .measure_seconds = 3});
  EXPECT_EQ(measured(selection, "slow.first"), "v0 v1 v2 ");
  EXPECT_EQ(clock_seconds, 1004) << "a variant that is left out is not made either";
}

TEST_F(BoundedMeasuring, TriesTheFirstVariantOfEveryEngine) {
  const Selection selection = choose({.effort = Effort::Measure, .measure_seconds = 0});
  EXPECT_EQ(measured(selection, "slow.first"), "v0 ");
  EXPECT_EQ(measured(selection, "slow.second"), "v0 ");
}

TEST_F(BoundedMeasuring, SaysWhatWasLeftOutAndWhy) {
  const Selection selection = choose({.effort = Effort::Measure, .measure_seconds = 2.5});
  std::string left_out;
  for (const Candidate& row : selection.candidates)
    if (row.note == "not measured: the limit of 2.5 s was reached") left_out += row.engine + ':' + row.variant + ' ';
  EXPECT_EQ(left_out, "slow.first:v3 slow.first:v4 slow.second:v1 slow.second:v2 slow.second:v3 slow.second:v4 ");
  EXPECT_NE(print(selection).find("the limit of 2.5 s"), std::string::npos);
}

TEST_F(BoundedMeasuring, AnEngineHasAllItsVariantsTriedUntilOneIsMeasured) {
  first->failing = {"v0", "v1", "v2"};
  second->failing = {"v0", "v1", "v2", "v3", "v4"};
  const Selection selection = choose({.effort = Effort::Measure, .measure_seconds = 2});
  EXPECT_EQ(measured(selection, "slow.first"), "v3 ");
  std::size_t failed = 0;
  for (const Candidate& row : selection.candidates)
    failed += row.engine == "slow.second" && row.note == "planning failed: it fails";
  EXPECT_EQ(failed, 5u);
}

TEST_F(BoundedMeasuring, QuickEnginesHaveAllTheirVariantsMeasured) {
  first->seconds = second->seconds = 0.01;
  const Selection selection = choose({.effort = Effort::Measure});
  EXPECT_EQ(measured(selection, "slow.first"), "v0 v1 v2 v3 v4 ");
  EXPECT_EQ(measured(selection, "slow.second"), "v0 v1 v2 v3 v4 ");
}

TEST_F(BoundedMeasuring, AnExhaustiveChoiceTakesItsTime) {
  const Selection selection = choose({.effort = Effort::Exhaustive, .measure_seconds = 0});
  EXPECT_EQ(measured(selection, "slow.first"), "v0 v1 v2 v3 v4 ");
  EXPECT_EQ(measured(selection, "slow.second"), "v0 v1 v2 v3 v4 ");
}

TEST_F(BoundedMeasuring, AChoiceThatWasCutShortIsARecord) {
  choose({.effort = Effort::Measure, .measure_seconds = 0});
  std::string record;
  tuning.find({problem}, [&](const FoundRecord& found) {
    record = found.record.engine + ' ' + found.record.variant;
    return true;
  });
  EXPECT_EQ(record, "slow.first v0");
}

}  // namespace
}  // namespace faltung
