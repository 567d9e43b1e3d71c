// What all ranks compute together is bit for bit what one device computes: on whole numbers every order of adding gives
// the same.
#include <gtest/gtest.h>

#include "shard/ranks.h"
#include "shard/whole.h"

namespace faltung {
namespace {

constexpr int divisions = 2000;

TEST(Sharded, GivesTheBitsOfOneDevice) {
  test::RandomProblems random(test::announced_seed());
  std::array<int, 3> passes{};
  for (int i = 0; i < divisions; ++i) {
    const test::DividedProblem divided = test::random_division(random);
    const test::Whole whole(divided.problem, random);
    ++passes[static_cast<std::size_t>(divided.problem.pass)];
    ASSERT_EQ(test::on_ranks(divided.ranks, [&](Group& group) { test::compare_part(divided, whole, group); }), "")
        << test::describe(divided);
  }
  for (const int count : passes) EXPECT_GT(count, divisions / 4);
}

}  // namespace
}  // namespace faltung
