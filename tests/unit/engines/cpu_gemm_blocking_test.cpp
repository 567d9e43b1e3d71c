// How cpu.gemm cuts a product: from the shape and the caches.
#include <gtest/gtest.h>

#include "engines/cpu/gemm/blocking.h"
#include "engines/cpu/gemm/plan.h"

namespace faltung {
namespace {

using namespace cpu_gemm;

constexpr std::int64_t kib = 1 << 10;
constexpr Core cores[] = {{.l1_bytes = 32 * kib, .l2_bytes = 256 * kib},
                          {.l1_bytes = 32 * kib, .l2_bytes = 512 * kib},
                          {.l1_bytes = 48 * kib, .l2_bytes = 2048 * kib},
                          {.l1_bytes = 128 * kib, .l2_bytes = 12 << 20}};

Work work_of(std::int64_t rows, std::int64_t lanes, std::int64_t depth, const Core& core = cores[1]) {
  Work work;
  work.rows = rows, work.lanes = lanes, work.depth = depth;
  work.core = core;
  return work;
}

TEST(CpuGemmBlocking, TilesStayInTheCaches) {
  for (const Core& core : cores)
    for (const std::int64_t rows : {1, 6, 64, 500, 4000})
      for (const std::int64_t lanes : {1, 16, 49, 3136, 100000})
        for (const std::int64_t depth : {1, 27, 576, 4608}) {
          const Work work = work_of(rows, lanes, depth, core);
          const gemm::TileSize tile = blocking_of(work, false).tile;
          EXPECT_LE(tile.depth * work.panel_bytes, core.l1_bytes * 3 / 4);
          EXPECT_LE(tile.rows * tile.depth * work.number_bytes, core.l2_bytes * 3 / 10);
          EXPECT_LE(tile.rows * tile.lanes * work.number_bytes, core.l2_bytes * 3 / 8);
          EXPECT_LE(tile.group * work.panel_bytes * tile.depth, core.l2_bytes / 6);
        }
}

// The order in which terms are added may not depend on who computes them, or on how much memory there is.
TEST(CpuGemmBlocking, DepthAndSplitsAreTheSameForAllThreadsAndLimits) {
  for (const std::int64_t depth : {30, 500, 3136, 100000}) {
    Work work = work_of(64, 576, depth);
    const Blocking one = blocking_of(work, true);
    for (const int threads : {2, 7, 64})
      for (const int shrink : {1, 4, 64}) {
        work.threads = threads;
        const Blocking other = blocking_of(work, true, shrink);
        EXPECT_EQ(other.tile.depth, one.tile.depth);
        EXPECT_EQ(other.splits, one.splits);
        EXPECT_EQ(other.split_depth, one.split_depth);
      }
  }
}

TEST(CpuGemmBlocking, AnotherCoreHasAnotherDepth) {
  EXPECT_LT(blocking_of(work_of(64, 3136, 4608, cores[1]), false).tile.depth,
            blocking_of(work_of(64, 3136, 4608, cores[3]), false).tile.depth);
}

TEST(CpuGemmBlocking, MoreThreadsTakeLessTimeWhereThereIsEnoughToDo) {
  Work work = work_of(256, 3136, 576);
  const double one = blocking_of(work, false).cycles;
  work.threads = 4;
  EXPECT_LT(blocking_of(work, false).cycles, one / 3);
  EXPECT_GT(blocking_of(work, false).cycles, one / 4);
}

TEST(CpuGemmThrift, EachNeedsLessMemoryThanTheOneBefore) {
  for (const char* text : {"fwd f32 nchw n1 c128 k128 i28x28 f3x3 p1", "wgrad f32 nhwc n4 c64 k64 i56x56 f3x3 p1",
                           "dgrad cf64 nchw n2 c30 k40 i30x30 f3x3 s2 p1"}) {
    const ConvProblem problem = canonical(parse_problem(text));
    const DeviceInfo device = cpu_info(4);
    std::size_t bytes = SIZE_MAX;
    const std::vector<Thrift> thrifts = thrifts_of(problem, device);
    EXPECT_GE(thrifts.size(), 4u) << text;
    for (const Thrift& thrift : thrifts) {
      const std::size_t less = make_plan(problem, device, thrift)->workspace_bytes();
      EXPECT_LT(less, bytes) << text << " " << name_of(thrift);
      bytes = less;
    }
  }
}

TEST(CpuGemmThrift, NamesAreReadAsTheyAreWritten) {
  for (const Thrift& thrift :
       {Thrift{}, Thrift{.tiles = 8}, Thrift{.threads = 4}, Thrift{.tiles = 64, .threads = 16}}) {
    const auto again = thrift_named(name_of(thrift));
    ASSERT_TRUE(again) << name_of(thrift);
    EXPECT_EQ(again->tiles, thrift.tiles);
    EXPECT_EQ(again->threads, thrift.threads);
  }
  for (const char* name : {"tiles", "tiles/", "tiles/1", "tiles/-2", "tiles/x", "tiles/2,", "threads/2,tiles/2",
                           "tiles/2x", "tiles/99999999999", "nchw"})
    EXPECT_FALSE(thrift_named(name)) << name;
}

}  // namespace
}  // namespace faltung
