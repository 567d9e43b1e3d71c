// Every engine, every variant, every device, on random problems: what it accepts it must do right. Composites are
// forced, so that each rewriting is met even where a leaf engine could do without it.
#include "support/engines.h"

#include <gtest/gtest.h>

#include "support/random_problem.h"
#include "support/verify_all.h"

namespace faltung {
namespace {

class EngineOnRandomProblems : public testing::TestWithParam<test::EngineOnDevice> {};

TEST_P(EngineOnRandomProblems, EqualsTheDefinition) {
  if (const std::string reason = test::unavailable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
  test::RandomProblems random(test::announced_seed());
  std::vector<ConvProblem> problems;
  for (int i = 0; i < 300; ++i) problems.push_back(random.any());
  for (int i = 0; i < 60; ++i) problems.push_back(random.quantized());
  EXPECT_GT(test::verify_all(GetParam(), problems), 0);
}

INSTANTIATE_TEST_SUITE_P(Every, EngineOnRandomProblems, testing::ValuesIn(test::engines_on_devices()),
                         test::engine_test_name);

}  // namespace
}  // namespace faltung
