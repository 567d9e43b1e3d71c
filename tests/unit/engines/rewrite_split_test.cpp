// rewrite.split with small limits in place of 2^31 elements.
#include <gtest/gtest.h>

#include "engines/rewrite/split/plan.h"
#include "measure/device_instruments.h"
#include "problem/geometry.h"
#include "support/random_problem.h"
#include "verify/verify_plan.h"

namespace faltung {
namespace {

using namespace rewrite_split;

bool is_split(const ConvProblem& p) {
  const bool exact = p.pass != Pass::WeightGrad || p.w.dtype == accumulator_of(p);
  return exact && p.padding_mode == Border::zeros && !p.epilogue.quantized && numel_of(p.geometry, Role::x) > 0 &&
         numel_of(p.geometry, Role::y) > 0 && numel_of(p.geometry, Role::w) > 0;
}

// Within the largest reach of an operand that so many blocks leave.
std::optional<BlockSize> size_of_blocks(const ConvProblem& p, std::int64_t blocks) {
  return block_size(p, std::max(reach_of(p, Role::x), reach_of(p, Role::y)) / blocks);
}

TEST(RewriteSplit, IsTheProblemInBlocks) {
  const std::uint64_t seed = test::announced_seed();
  test::RandomProblems random(seed);
  const DeviceInfo device = cpu_info(1);
  TuningRecords records;
  int split = 0;
  for (int i = 0; i < 600; ++i) {
    const ConvProblem problem = canonical(random.any());
    const auto size = is_split(problem) ? size_of_blocks(problem, 2 + i % 4) : std::nullopt;
    if (!size || blocks_of(problem, *size).size() == 1) continue;
    ++split;
    Planner planner(built_in_engines(), device, {}, records, device_instruments);
    planner.allow_last_resort_for_parts();
    const std::shared_ptr<Plan> plan = split_plan(problem, *size, planner);
    const auto run = [&](const Operands& operands, Workspace workspace) { plan->run(operands, workspace, {}); };
    const Comparison found = verify_run(problem, {plan->workspace_bytes(), run, plan->accuracy()}, seed);
    EXPECT_TRUE(found.passed()) << print(found) << "\n" << print(problem);
  }
  EXPECT_GE(split, 50);
}

TEST(RewriteSplit, BlocksAreWithinTheLimitAndMostlyAlike) {
  const ConvProblem volume = canonical(parse_problem("fwd bf16 ndhwc n1 c32 k32 i1024x1024x1024 f3x3x3 p1"));
  const auto size = block_size(volume, most_elements);
  ASSERT_TRUE(size);
  const std::vector<Block> blocks = blocks_of(volume, *size);
  EXPECT_EQ(blocks.size(), 17U);
  for (const Block& block : blocks) {
    EXPECT_LE(reach_of(block.problem, Role::x), most_elements);
    EXPECT_LE(reach_of(block.problem, Role::y), most_elements);
  }
  EXPECT_EQ(blocks[1].problem, blocks[15].problem);
  EXPECT_EQ(blocks[1].x, 60 * 1024 * 1024 * std::int64_t{32});
  // Rows of an image lie all over it.
  EXPECT_FALSE(
      block_size(canonical(parse_problem("fwd bf16 ncdhw n1 c32 k32 i1024x1024x1024 f3x3x3 p1")), most_elements));
}

}  // namespace
}  // namespace faltung
