// What is kept of choices while records, engines and other threads change under them.
#include <gtest/gtest.h>

#include <functional>

#include "context/context_impl.h"
#include "faltung/tune.h"

namespace faltung {
namespace {

const ConvProblem problem = parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3");

// The best engine there is, by its own account; something happens while it plans.
class Interrupted : public Engine {
 public:
  explicit Interrupted(std::function<void()> happens) : happens_(std::move(happens)) {}
  std::string_view name() const override { return "toy.interrupted"; }
  Answer ask(const ConvProblem&, const DeviceInfo&) const override {
    return one_way({.seconds = 1e-12}, [this](Planner&) -> std::shared_ptr<Plan> {
      happens_();
      return std::make_shared<Nothing>();
    });
  }

 private:
  struct Nothing : Plan {
    void run(const Operands&, Workspace, const Execution&) const override {}
    void outline(Outline& outline) const override { outline.line("nothing"); }
  };
  std::function<void()> happens_;
};

void add_interrupted(Context& context, std::function<void()> happens) {
  context.impl().add_engine(std::make_shared<Interrupted>(std::move(happens)));
}

TEST(PlanCache, KeepsNoChoiceThatIsOlderThanTheRecords) {
  Context context;
  add_interrupted(context, [&] { context.load_tuning_text("1e-6 reference - " + print(problem) + "\n"); });
  EXPECT_EQ(compile(problem, {}, context).engine(), "toy.interrupted");
  EXPECT_EQ(compile(problem, {}, context).engine(), "reference");
}

TEST(PlanCache, KeepsNoChoiceOfEnginesThatChangedMeanwhile) {
  Context context;
  add_interrupted(context, [&] { context.impl().remove_engine("toy.interrupted"); });
  EXPECT_EQ(compile(problem, {}, context).engine(), "toy.interrupted");
  EXPECT_NE(compile(problem, {}, context).engine(), "toy.interrupted");
}

TEST(PlanCache, KeepsNoChoiceForAnotherExecutor) {
  Context context;
  add_interrupted(context, [&] { context.set_executor(nullptr); });
  compile(problem, {}, context);
  EXPECT_EQ(context.cache_statistics().entries, 0u);
}

TEST(PlanCache, KeepsNoChoiceThatIsOlderThanWhatAnotherThreadMeasured) {
  Context context;
  bool first = true;
  add_interrupted(context, [&] {
    if (std::exchange(first, false)) tune(problem, {.without = {"toy.interrupted"}}, context);
  });
  compile(problem, {}, context);
  EXPECT_EQ(context.cache_statistics().entries, 1u);  // what was measured
}

TEST(PlanCache, KeepsWhatWasMeasuredInPlaceOfOlderChoices) {
  Context context;
  compile(problem, {}, context);
  compile(problem, {.threads = 1}, context);
  tune(problem, {.effort = Effort::Measure}, context);
  EXPECT_EQ(context.cache_statistics().entries, 1u);
  EXPECT_EQ(compile(problem, {}, context).selection().decision, Decision::tuned);
}

}  // namespace
}  // namespace faltung
