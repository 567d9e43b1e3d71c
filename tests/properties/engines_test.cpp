// Every engine, every variant, on random problems: what it accepts it must do right. Composites are forced, so that
// each rewriting is met even where a leaf engine could do without it.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "plan/engine.h"
#include "support/engine_names.h"
#include "support/random_problem.h"
#include "support/variants.h"

namespace faltung {
namespace {

class EngineOnRandomProblems : public testing::TestWithParam<Registration> {};

TEST_P(EngineOnRandomProblems, EqualsTheDefinition) {
  const std::uint64_t seed = test::announced_seed();
  test::RandomProblems random(seed);
  int verified = 0;
  std::map<std::string, int> refusals;
  for (int i = 0; i < 300; ++i) {
    const ConvProblem problem = random.any();
    for (const auto& [variant, found] :
         test::verify_variants(GetParam(), problem, seed + static_cast<std::uint64_t>(i))) {
      if (found.outcome == Outcome::refused)
        ++refusals[found.reason.substr(0, found.reason.find('\n'))];
      else
        ++verified;
      EXPECT_NE(found.outcome, Outcome::failed) << variant << " " << print(found) << "\n  " << print(problem);
    }
  }
  std::cout << GetParam().name << ": " << verified << " verified\n";
  for (const auto& [reason, count] : refusals) std::cout << "  " << count << " refused: " << reason << "\n";
  if (const std::string reason = GetParam().unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  EXPECT_GT(verified, 0);
}

INSTANTIATE_TEST_SUITE_P(Every, EngineOnRandomProblems, testing::ValuesIn(built_in_engines()), test::engine_test_name);

}  // namespace
}  // namespace faltung
