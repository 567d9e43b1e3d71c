// What follows from one trilinear form defining all three passes. Exact on integers.
#include <gtest/gtest.h>

#include "support/arrays.h"

namespace faltung {
namespace {

using test::Arrays;
constexpr Pass passes[] = {Pass::Forward, Pass::DataGrad, Pass::WeightGrad};
constexpr int repetitions = 150;

TEST(Passes, AreAdjointToEachOther) {
  test::RandomProblems random(test::announced_seed());
  int nonzero = 0;
  for (int i = 0; i < repetitions; ++i) {
    const ConvProblem forward = random.plain(Pass::Forward);
    const Arrays<double> a = test::random_arrays<double>(forward.geometry, random, true);
    const double form = test::dot(test::run(forward, a), a.y);
    nonzero += form != 0;
    ASSERT_EQ(form, test::dot(test::run(test::with_pass(forward, Pass::DataGrad), a), a.x)) << print(forward);
    ASSERT_EQ(form, test::dot(test::run(test::with_pass(forward, Pass::WeightGrad), a), a.w)) << print(forward);
  }
  EXPECT_GT(nonzero, repetitions / 2);
}

TEST(Passes, AreLinearInEachOperandThatIsRead) {
  test::RandomProblems random(test::announced_seed());
  for (int i = 0; i < repetitions; ++i) {
    const ConvProblem problem = random.plain(passes[i % 3]);
    const Arrays<double> a = test::random_arrays<double>(problem.geometry, random, true);
    const Arrays<double> b = test::random_arrays<double>(problem.geometry, random, true);
    for (Role role : {Role::x, Role::w, Role::y}) {
      if (role == written_role(problem.pass)) continue;
      Arrays<double> other = a, mixed = a;
      other.get(role) = b.get(role);
      for (std::size_t k = 0; k < mixed.get(role).size(); ++k)
        mixed.get(role)[k] = 2 * a.get(role)[k] - 3 * other.get(role)[k];
      std::vector<double> expected = test::run(problem, a);
      const std::vector<double> second = test::run(problem, other);
      for (std::size_t k = 0; k < expected.size(); ++k) expected[k] = 2 * expected[k] - 3 * second[k];
      ASSERT_EQ(test::run(problem, mixed), expected) << print(problem);
    }
  }
}

// A pad that is one stride less makes every output what its successor was.
TEST(Forward, ShiftsItsOutputWithItsPad) {
  test::RandomProblems random(test::announced_seed());
  for (int i = 0; i < repetitions; ++i) {
    ConvProblem first = random.plain(Pass::Forward);
    const auto last = static_cast<std::size_t>(first.geometry.rank - 1);
    Axis& axis = first.geometry.axes[last];
    axis.out += 1;
    first.y.strides = operand_strides(first.geometry, Role::y, MemoryFormat::contiguous);
    first = canonical(first);
    ConvProblem second = first;
    second.geometry.axes[last].pad -= first.geometry.axes[last].stride;
    const Arrays<double> a = test::random_arrays<double>(first.geometry, random, true);
    const std::vector<double> before = test::run(first, a), after = test::run(second, a);
    const auto row = static_cast<std::size_t>(first.geometry.axes[last].out);
    for (std::size_t k = 0; k < after.size(); ++k)
      ASSERT_TRUE(k % row + 1 == row || after[k] == before[k + 1]) << print(first) << " at " << k;
  }
}

}  // namespace
}  // namespace faltung
