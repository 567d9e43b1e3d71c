#include "plan/contest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <new>
#include <set>
#include <utility>

namespace faltung {
namespace {

constexpr Device gpu{DeviceType::cuda, 0};  // nothing is run there: the test says how long plans take
constexpr double fails = -1, lacks_memory = -2, lacks_host_memory = -3;

struct Entrant {
  const char* engine;
  double first, again = first;  // seconds, or how it fails
  Accuracy accuracy = Accuracy::reassociated;
  std::optional<double> estimated = {};
  Engine::Kind kind = Engine::Kind::leaf;
};

struct Numbered : Plan {
  Numbered(std::size_t number, Accuracy accuracy) : row(number) { promise(accuracy, 0); }
  void run(const Operands&, Workspace, const Execution&) const override {}
  void outline(Outline&) const override {}
  std::size_t row;
};

std::size_t row_of(const Plan& plan) { return static_cast<const Numbered&>(plan).row; }

class Script final : public Instruments {
 public:
  Script(std::vector<Entrant> entrants, std::set<std::size_t> wrong)
      : budgets(entrants.size()), entrants_(std::move(entrants)), wrong_(std::move(wrong)) {}

  double now() const override { return 0; }

  double median_seconds(const Plan& plan, const TimingBudget& budget) override {
    std::vector<TimingBudget>& given = budgets[row_of(plan)];
    given.push_back(budget);
    const Entrant& entrant = entrants_[row_of(plan)];
    const double seconds = given.size() == 1 ? entrant.first : entrant.again;
    if (seconds == lacks_host_memory) throw std::bad_alloc();
    if (seconds == lacks_memory) throw Error(ErrorCode::OutOfMemory, "no memory");
    if (seconds == fails) throw Error(ErrorCode::EngineFailure, "it fails");
    return seconds;
  }

  std::string disagreement(const Plan& plan, const Plan& judge, Accuracy) override {
    compared.emplace_back(row_of(plan), row_of(judge));
    if (cannot_compare) throw Error(ErrorCode::EngineFailure, "it cannot run");
    return wrong_.count(row_of(plan)) == wrong_.count(row_of(judge)) ? "" : "1 is 2";
  }

  std::vector<std::vector<TimingBudget>> budgets;             // of each row's timings
  std::vector<std::pair<std::size_t, std::size_t>> compared;  // with which judge
  bool cannot_compare = false;

 private:
  std::vector<Entrant> entrants_;
  std::set<std::size_t> wrong_;
};

// Runs a contest of the entrants, in this order, of which some are wrong.
struct Held {
  explicit Held(const std::vector<Entrant>& entrants, std::set<std::size_t> wrong = {}, Device device = gpu,
                bool cannot_compare = false)
      : script(entrants, std::move(wrong)) {
    script.cannot_compare = cannot_compare;
    for (const Entrant& entrant : entrants)
      rows.push_back({.engine = entrant.engine, .accepted = true, .estimated_seconds = entrant.estimated});
    Contest contest(rows, device, script);
    for (std::size_t i = 0; i < rows.size(); ++i)
      contest.enter({i, std::make_shared<Numbered>(i, entrants[i].accuracy), entrants[i].kind});
    if (const auto fastest = contest.winner()) winner = fastest->row;
    short_of_memory = contest.short_of_memory();
  }
  std::size_t timings(std::size_t row) const { return script.budgets[row].size(); }

  Script script;
  std::vector<Candidate> rows;
  std::optional<std::size_t> winner;
  bool short_of_memory = false;
};

using Comparisons = std::vector<std::pair<std::size_t, std::size_t>>;

TEST(Contest, APlanWhoseFirstRunFailsIsNotedAndTheOthersGoOn) {
  for (const Device& device : {Device{}, gpu}) {
    const Held held({{"a", 3e-3}, {"b", fails}, {"c", 1e-3}}, {}, device);
    EXPECT_EQ(held.winner, 2u);
    EXPECT_EQ(held.rows[1].note, "running failed: it fails");
    EXPECT_FALSE(held.rows[1].measured_seconds);
    EXPECT_TRUE(held.rows[0].note.empty() && held.rows[2].note.empty());
    EXPECT_FALSE(held.short_of_memory);
  }
}

TEST(Contest, HasNoWinnerWhereEveryPlanFails) {
  EXPECT_FALSE(Held({{"a", fails}, {"b", fails}}).winner);
  EXPECT_FALSE(Held({}).winner);
}

TEST(Contest, TellsOfPlansThatFailedForWantOfMemory) {
  for (const double way : {lacks_memory, lacks_host_memory}) {
    EXPECT_TRUE(Held({{"a", way}, {"b", 1e-3}}).short_of_memory);
    EXPECT_TRUE(Held({{"a", 1e-3, way}, {"b", 1e-3}}).short_of_memory) << "when timed again";
  }
}

TEST(Contest, APlanIsGivenTheLeastTimeOfThoseBefore) {
  const Held held({{"a", 3e-3}, {"b", 1e-3}, {"c", 2e-3}, {"d", 4e-3}});
  const auto best = [&](std::size_t row) { return held.script.budgets[row].front().best; };
  EXPECT_EQ(best(0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(best(1), 3e-3);
  EXPECT_EQ(best(2), 1e-3);
  EXPECT_EQ(best(3), 1e-3);
}

TEST(Contest, FinalistsAreTimedAgainForLongerAndTheSecondTimeCounts) {
  const Held held({{"a", 1.00e-3, 1.2e-3}, {"a", 1.05e-3, 1.1e-3}});
  EXPECT_EQ(held.winner, 1u);
  EXPECT_EQ(held.rows[0].measured_seconds, 1.2e-3);
  const std::vector<TimingBudget>& given = held.script.budgets[0];
  ASSERT_EQ(given.size(), 2u);
  EXPECT_GT(given[1].seconds, given[0].seconds);
}

TEST(Contest, ClearlySlowerPlansAreNotTimedAgain) {
  const Held held({{"a", 2e-3}, {"a", 1e-3}, {"a", 1.05e-3}, {"a", 1.2e-3}});
  EXPECT_EQ(held.timings(0), 1u);
  EXPECT_EQ(held.timings(1), 2u);
  EXPECT_EQ(held.timings(2), 2u);
  EXPECT_EQ(held.timings(3), 1u);
}

TEST(Contest, OnlyTheThreeFastestAreTimedAgain) {
  const Held held({{"a", 1.04e-3}, {"a", 1.03e-3}, {"a", 1.02e-3}, {"a", 1.01e-3}});
  EXPECT_EQ(held.timings(0), 1u);
  for (std::size_t row : {1u, 2u, 3u}) EXPECT_EQ(held.timings(row), 2u) << row;
}

TEST(Contest, APlanThatFailsWhenTimedAgainKeepsItsFirstTime) {
  const Held held({{"a", 1.00e-3, fails}, {"a", 1.05e-3}});
  EXPECT_EQ(held.winner, 0u);
  EXPECT_EQ(held.rows[0].measured_seconds, 1.00e-3);
  EXPECT_EQ(held.rows[0].note, "timing again failed: it fails");
}

TEST(Contest, TheFastestThatDisagreesIsStruckOutAndTheNextWins) {
  const Held held({{"a", 2e-3}, {"b", 1e-3}, {"c", 3e-3}}, {1});
  EXPECT_EQ(held.winner, 0u);
  EXPECT_EQ(held.rows[1].note, "struck out: c disagrees: 1 is 2");
  EXPECT_EQ(held.rows[0].note, "");
  EXPECT_EQ(held.script.compared, (Comparisons{{1, 2}, {0, 2}}));
}

TEST(Contest, WhatIsStruckOutJudgesNoOther) {
  const Held held({{"a", 2e-3}, {"b", 1e-3}}, {1});
  EXPECT_EQ(held.winner, 0u);
  EXPECT_EQ(held.script.compared, (Comparisons{{1, 0}}));
}

TEST(Contest, TheJudgeIsTheLastOfTheListOfAnotherEngine) {
  EXPECT_EQ(Held({{"b", 2e-3}, {"c", 2e-3}, {"a", 1e-3}, {"a", 2e-3}}).script.compared, (Comparisons{{2, 1}}));
  const Held alone({{"a", 1e-3}, {"a", 2e-3}}, {0});
  EXPECT_EQ(alone.script.compared, Comparisons{});
  EXPECT_EQ(alone.winner, 0u);
}

TEST(Contest, ACompositeJudgesWhereNoOtherCan) {
  const Entrant composite{.engine = "c", .first = 2e-3, .again = 2e-3, .kind = Engine::Kind::composite};
  EXPECT_EQ(Held({{"a", 1e-3}, {"b", 2e-3}, composite}).script.compared, (Comparisons{{0, 1}}));
  EXPECT_EQ(Held({{"a", 1e-3}, composite}).script.compared, (Comparisons{{0, 1}}));
}

TEST(Contest, ALastResortIsNotJudged) {
  const Entrant definition{.engine = "c", .first = 1e-3, .again = 1e-3, .kind = Engine::Kind::last_resort};
  const Held held({{"a", 2e-3}, definition}, {0});
  EXPECT_EQ(held.winner, 1u);
  EXPECT_EQ(held.script.compared, Comparisons{});
}

TEST(Contest, TheJudgeIsNotTransformed) {
  const Entrant transformed{.engine = "c", .first = 2e-3, .again = 2e-3, .accuracy = Accuracy::transformed};
  EXPECT_EQ(Held({{"a", 1e-3}, {"b", 2e-3}, transformed}).script.compared, (Comparisons{{0, 1}}));
  EXPECT_EQ(Held({{"a", 1e-3}, transformed}).script.compared, Comparisons{});
}

TEST(Contest, TheJudgeIsNotSoSlowThatComparingCostsMoreThanMeasuring) {
  EXPECT_EQ(Held({{"a", 1e-3}, {"b", 0.49}, {"c", 0.5}}).script.compared, (Comparisons{{0, 1}}));
  EXPECT_EQ(Held({{"a", 1e-3}, {"b", 0.5}}).script.compared, Comparisons{});
}

TEST(Contest, WhatCannotBeComparedWinsAndSaysSo) {
  const Held held({{"a", 1e-3}, {"b", 2e-3}}, {0}, gpu, true);
  EXPECT_EQ(held.winner, 0u);
  EXPECT_EQ(held.rows[0].note, "verifying failed: it cannot run");
}

TEST(Contest, OnACpuTheFastestIsComparedAsWell) {
  const Held held({{"a", 1e-3}, {"b", 1.05e-3}}, {0}, Device{});
  EXPECT_EQ(held.winner, 1u);
  EXPECT_EQ(held.script.compared, (Comparisons{{0, 1}}));
}

TEST(Contest, OnACpuTheEstimatedChoiceDoesNotLoseByABadMoment) {
  const Entrant estimated{.engine = "a", .first = 9e-3, .again = 0.9e-3, .estimated = 1e-3};
  const Entrant other{.engine = "b", .first = 1e-3, .again = 1e-3, .estimated = 2e-3};
  const Held held({estimated, other}, {}, Device{});
  EXPECT_EQ(held.winner, 0u);
  EXPECT_EQ(held.rows[0].measured_seconds, 0.9e-3);
  EXPECT_EQ(Held({estimated, other}).winner, 1u) << "a GPU is nobody else's";
}

TEST(Contest, OnACpuABadMomentTheSecondTimeDoesNotCount) {
  const Held held({{"a", 1.00e-3, 9e-3}, {"b", 1.05e-3, 1.04e-3}}, {}, Device{});
  EXPECT_EQ(held.winner, 0u);
  EXPECT_EQ(held.rows[0].measured_seconds, 1.00e-3);
}

}  // namespace
}  // namespace faltung
