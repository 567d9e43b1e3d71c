#include <gtest/gtest.h>

#include "support/random_problem.h"

namespace faltung {
namespace {

TEST(ProblemText, ParsingWhatIsPrintedGivesTheProblemBack) {
  test::RandomProblems random(test::announced_seed());
  for (int i = 0; i < 3000; ++i) {
    const ConvProblem problem = random.chance(10) ? random.quantized() : random.any();
    ASSERT_EQ(parse_problem(print(problem)), problem) << print(problem) << "\n" << print(parse_problem(print(problem)));
  }
}

TEST(ProblemText, EqualProblemsHaveEqualHashesAndDifferentOnesHardlyEver) {
  test::RandomProblems random(test::announced_seed());
  int collisions = 0;
  ConvProblem last = random.any();
  for (int i = 0; i < 1000; ++i) {
    const ConvProblem problem = random.any();
    ASSERT_EQ(hash_value(parse_problem(print(problem))), hash_value(problem)) << print(problem);
    collisions += problem != last && hash_value(problem) == hash_value(last);
    last = problem;
  }
  EXPECT_EQ(collisions, 0);
}

TEST(ProblemText, CanonicalProblemsAreLeftAlone) {
  test::RandomProblems random(test::announced_seed());
  for (int i = 0; i < 1000; ++i) {
    const ConvProblem problem = random.any();
    ASSERT_EQ(canonical(problem), problem) << print(problem);
  }
}

}  // namespace
}  // namespace faltung
