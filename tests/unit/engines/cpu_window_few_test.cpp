// cpu.window between an operand with few channels and one with many.
#include <gtest/gtest.h>

#include <vector>

#include "engines/cpu/window/few/few.h"
#include "engines/cpu/window/few/lanes.h"
#include "engines/cpu/window/few/scatter.h"
#include "faltung/compile.h"
#include "support/arrays.h"

namespace faltung {
namespace {

using namespace cpu_window;

ConvProblem problem_of(const char* text) { return canonical(parse_problem(text)); }

TEST(CpuWindowFew, IsWhereOneOperandHasFewChannelsAndTheOtherNeighbours) {
  EXPECT_EQ(few_of(problem_of("fwd f32 nhwc c3 k64 i9x9 f3x3"))->few, Role::x);
  EXPECT_EQ(few_of(problem_of("dgrad f32 nhwc c3 k64 i9x9 f3x3 s2"))->few, Role::x);
  EXPECT_EQ(few_of(problem_of("wgrad f32 nhwc c64 k3 i9x9 f3x3"))->few, Role::y);
  EXPECT_TRUE(few_of(problem_of("fwd f32 nchw:nchw:nhwc c3 k64 i9x9 f3x3")));
  for (const char* text :
       {"fwd f32 nchw c3 k64 i9x9 f3x3", "fwd f32 nhwc c5 k64 i9x9 f3x3", "fwd f32 nhwc c3 k8 i9x9 f3x3",
        "fwd f32 nhwc c64 k3 i9x9 f3x3 s2", "fwd f64 nhwc c3 k64 i9x9 f3x3", "fwd f32 nhwc c4 k64 g2 i9x9 f3x3",
        "fwd f32 nwc c4 k64 i4000000 f3 d1000000"})
    EXPECT_FALSE(few_of(problem_of(text))) << text;
}

TEST(CpuWindowFew, ScratchIsSmall) {
  for (const char* text : {"fwd f32 nwc c4 k64 i1000000 f9", "dgrad f32 nhwc c4 k64 i9000x129 f5000x1 p0x-64",
                           "wgrad f32 nhwc c3 k64 i2000x2000 f7x7 p3", "dgrad f32 nhwc c3 k700 i90x90 f70x9 d1x2"}) {
    const auto few = few_of(problem_of(text));
    if (!few) continue;
    EXPECT_LE(few_tiling(*few, 1, 1).numbers, most_few_numbers) << text;
    EXPECT_LE(scatter_tiling(*few, 1, 1).numbers, most_few_numbers) << text;
  }
}

// Every position and tap that meet an element of the few operand do so in the tiles of that element.
TEST(CpuWindowFew, TilesAreMetByAllTheirPositions) {
  for (const char* text : {"dgrad f32 nwc c1 k16 i40 f3 p1", "dgrad f32 nwc c1 k16 i41 f4 s3 d2 p2",
                           "dgrad f32 nwc c1 k16 i37 f2 s5 p-1", "fwd f32 nwc c16 k1 i40 f5 d2 p3"}) {
    const Few few = *few_of(problem_of(text));
    const FewAxis& axis = few.axes[2];
    for (std::int64_t first = 0; first < axis.extent; first += 7) {
      const Met met = met_by(axis, first, 7);
      for (std::int64_t m = 0; m < axis.count; ++m)
        for (std::int64_t t = 0; t < axis.taps; ++t) {
          const std::int64_t at = axis.first + m * axis.step + t * axis.tap_step;
          if (at >= first && at < first + 7) {
            EXPECT_TRUE(m >= met.begin && m < met.end) << text << ": " << m;
          }
          if (at >= 0 && at < axis.extent) {
            EXPECT_EQ(position_at(axis, at, t), m) << text;
          }
        }
    }
  }
}

TEST(CpuWindowFew, LanesAreCutIntoBlocksThatFollowEachOther) {
  for (std::int64_t count = 16; count < 300; ++count) {
    const LaneBlocks lanes = LaneBlocks::of(count);
    std::int64_t next = 0;
    for (std::int64_t block = 0; block < lanes.blocks; next += lanes.width(block++)) {
      EXPECT_EQ(lanes.begin(block), next);
      EXPECT_TRUE(lanes.width(block) > 0 && lanes.width(block) <= broadcast::most_vectors * lanes.lanes) << count;
    }
    EXPECT_EQ(next, lanes.padded());
    EXPECT_TRUE(next >= count && next < count + lanes.lanes);
  }
}

std::vector<float> result_of(const ConvProblem& problem, int threads) {
  test::RandomProblems random(1);
  test::Arrays<float> arrays = test::random_arrays<float>(problem.geometry, random, false);
  compile(problem, {.only = "cpu.window", .threads = threads})
      .run({.x = arrays.x.data(), .w = arrays.w.data(), .y = arrays.y.data()});
  return arrays.get(written_role(problem.pass));
}

TEST(CpuWindowFew, DoesNotDependOnTheNumberOfThreads) {
  for (const char* text : {"fwd f32 nhwc n2 c3 k40 i61x83 f3x3 s2 p1", "dgrad f32 nhwc c3 k32 i122x130 f7x7 s2 p3",
                           "wgrad f32 nhwc n3 c3 k32 i61x83 f3x3 p1", "fwd f32 nhwc c32 k2 i130x130 f3x3 p1"}) {
    const ConvProblem problem = problem_of(text);
    const std::vector<float> first = result_of(problem, 1);
    for (const int threads : {2, 3, 7}) EXPECT_EQ(result_of(problem, threads), first) << text << ", " << threads;
  }
}

}  // namespace
}  // namespace faltung
