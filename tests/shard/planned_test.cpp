// What a planned problem says of itself.
#include <gtest/gtest.h>

#include "faltung/sharded.h"
#include "shard/ranks.h"

namespace faltung {
namespace {

constexpr const char* volume = "fwd f32 ncdhw n1 c4 k4 i24x16x16 f3x3x3 p1 notransforms";

OperandShardings by_depth(std::vector<std::int64_t> offsets) {
  const Sharding depth{{{2, std::move(offsets)}}};
  return {.x = depth, .w = {}, .y = depth};
}

// The fault on any rank of a check of what was compiled.
std::string check_on_ranks(int ranks, const OperandShardings& shardings, const ShardOptions& options,
                           const std::function<void(const CompiledShardedConv&, int)>& check) {
  return test::on_ranks(ranks, [&](Group& group) {
    check(compile_sharded(parse_problem(volume), shardings, group, options), group.rank());
  });
}

TEST(Planned, TheInnerRankReceivesARowOfEachNeighbourAndNoMore) {
  constexpr std::size_t plane = 4 * 16 * 16 * sizeof(float);
  EXPECT_EQ(check_on_ranks(3, by_depth({0, 8, 16, 24}), {.overlap = Overlap::interior_first},
                           [](const CompiledShardedConv& compiled, int rank) {
                             EXPECT_EQ(compiled.received_bytes(), rank == 1 ? 2 * plane : plane);
                             EXPECT_EQ(compiled.sent_bytes(), compiled.received_bytes());
                             EXPECT_EQ(compiled.parts().size(), rank == 1 ? 3u : 2u);
                           }),
            "");
}

TEST(Planned, AHaloMayReachOverSeveralRanks) {
  EXPECT_EQ(test::on_ranks(4,
                           [](Group& group) {
                             const auto problem = parse_problem("fwd f32 ncw n1 c1 k1 i8 f7 p3 notransforms");
                             const OperandShardings shardings = by_depth({0, 2, 4, 6, 8});
                             const auto compiled =
                                 compile_sharded(problem, shardings, group, {.overlap = Overlap::none});
                             EXPECT_EQ(compiled.received_bytes(), sizeof(float) * (group.rank() % 3 == 0 ? 3u : 5u));
                           }),
            "");
}

TEST(Planned, TheOrderIsChosenByEstimateOrMeasuredAndTheReportSaysSo) {
  const auto expect_report = [](const char* words) {
    return [words](const CompiledShardedConv& compiled, int) {
      EXPECT_NE(compiled.report().find(words), std::string::npos) << compiled.report();
    };
  };
  const OperandShardings shardings = by_depth({0, 11, 24});
  EXPECT_EQ(check_on_ranks(2, shardings, {}, expect_report("(estimated, on the slowest rank)")), "");
  EXPECT_EQ(check_on_ranks(2, shardings, {.overlap = Overlap::none}, expect_report("whole, as asked")), "");
  EXPECT_EQ(check_on_ranks(2, shardings, {.policy = {.only = "cpu.gemm", .effort = Effort::Measure}},
                           expect_report("(measured, on the slowest rank)")),
            "");
}

// Buffers without the workspace.
std::size_t kept_bytes(const CompiledShardedConv& compiled) {
  std::size_t workspace = 0;
  for (const CompiledConv* part : compiled.parts()) workspace = std::max(workspace, part->workspace_bytes());
  return compiled.buffer_bytes() - workspace;
}

TEST(Planned, InteriorFirstKeepsNoCopyOfTheBlock) {
  constexpr std::size_t block = 4 * 12 * 16 * 16 * sizeof(float);
  const OperandShardings halves = by_depth({0, 12, 24});
  EXPECT_EQ(check_on_ranks(2, halves, {.overlap = Overlap::none},
                           [&](const CompiledShardedConv& c, int) { EXPECT_GT(kept_bytes(c), block); }),
            "");
  EXPECT_EQ(check_on_ranks(2, halves, {.overlap = Overlap::interior_first},
                           [&](const CompiledShardedConv& c, int) { EXPECT_LT(kept_bytes(c), block / 2); }),
            "");
}

TEST(Planned, AllRanksMeasureTheSameTime) {
  std::array<double, 2> seconds{};
  EXPECT_EQ(test::on_ranks(2,
                           [&](Group& group) {
                             auto compiled = compile_sharded(parse_problem(volume), by_depth({0, 12, 24}), group);
                             seconds[static_cast<std::size_t>(group.rank())] = compiled.measure(1);
                           }),
            "");
  EXPECT_GT(seconds[0], 0);
  EXPECT_EQ(seconds[0], seconds[1]);
}

}  // namespace
}  // namespace faltung
