// Operands that cpu.gemm copies by position: what a copy has, and how large it becomes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "engines/cpu/gemm/stage_rows.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using namespace cpu_gemm;
using gemm::IndexSet;

struct Place {
  std::int64_t offset = 0;
  gemm::Coordinates at{};
};

Place place_of(const IndexSet& set, std::int64_t index) {
  Place place;
  gemm::for_each_run(set, index, 1, [&](const gemm::Run& run) { place = {run.offset, run.at}; });
  return place;
}

// The element that a pair of indices stands for, by the definition; 0 in the padding.
float element_of(const Contraction& c, const std::vector<float>& x, std::int64_t across, std::int64_t depth) {
  const Place a = place_of(c.gathered.across, across), d = place_of(c.gathered.depth, depth);
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(c.bounds.axes); ++axis) {
    const std::int64_t at = c.bounds.origin[axis] + a.at[axis] + d.at[axis];
    if (at < 0 || at >= c.bounds.extent[axis]) return 0;
  }
  return x[static_cast<std::size_t>(c.gathered.origin + a.offset + d.offset)];
}

void check(const Contraction& c, gemm::Stage& stage, const std::vector<float>& x, std::int64_t rows,
           std::int64_t depths) {
  const std::int64_t all_rows = c.gathered.across.count(), all_depths = c.gathered.depth.count();
  const auto numbers = static_cast<std::size_t>(stage.lay_out(rows, depths));
  for (std::int64_t row = 0; row < all_rows; row += rows)
    for (std::int64_t depth = 0; depth < all_depths; depth += depths) {
      const std::int64_t height = std::min(rows, all_rows - row), block = std::min(depths, all_depths - depth);
      const gemm::Window window = stage.window(row, height, depth, block), most = stage.largest(rows, depths);
      ASSERT_LE(window.positions, most.positions);
      ASSERT_LE(window.channels, most.channels);
      std::vector<float> copy(numbers, NAN);
      stage.copy_window(reinterpret_cast<const std::byte*>(x.data() + c.gathered.origin), window,
                        reinterpret_cast<std::byte*>(copy.data()));
      for (std::int64_t i = row; i < row + height; ++i)
        for (std::int64_t p = depth; p < depth + block; ++p) {
          const std::int64_t at = stage.offset_of_origin(window) + place_of(stage.across_offset, i).offset +
                                  place_of(stage.depth_offset, p).offset;
          ASSERT_TRUE(at >= 0 && at < static_cast<std::int64_t>(numbers));
          ASSERT_EQ(copy[static_cast<std::size_t>(at)], element_of(c, x, i, p)) << i << ", " << p;
        }
    }
}

TEST(CpuGemmStage, HasEachElementAndThePaddingWhereTheTapsReadThem) {
  for (const char* text :
       {"fwd f32 nhwc n2 c4 k3 i5x6 f3x3 p1", "fwd f32 nchw n2 c4 k3 i5x6 f3x2 p1 d2", "fwd f32 nwc n3 c8 k2 i9 f4 s2",
        "fwd f32 ndhwc n1 c2 k3 i4x3x5 f3x2x3 p1", "dgrad f32 nhwc n2 c3 k4 i7x6 f3x3 s2 p1",
        "dgrad f32 nchw n1 c3 k4 i7x6 f3x4 p2 d2", "wgrad f32 nhwc n2 c4 k3 i5x6 f3x3 p1",
        "wgrad f32 ncdhw n2 c4 k3 i3x4x5 f2x3x3 p1", "wgrad f32 nchw n2 c4 k3 i9x9 f3x3 s3 p1"})
    for (const std::int64_t block : {0, 2}) {
      SCOPED_TRACE(text);
      const ConvProblem problem = canonical(parse_problem(text));
      const Contraction c = unmerged_contraction_of(problem, Phases(problem), 0, block);
      std::optional<gemm::Stage> stage = stage_of<float>(problem, c);
      ASSERT_TRUE(stage);
      std::vector<float> x(static_cast<std::size_t>(numel_of(problem.geometry, c.gathered.role)));
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i + 1);
      for (const std::int64_t rows : {1, 5, 12, 1000})
        for (const std::int64_t depths : {1, 7, 18, 1000}) {
          check(c, *stage, x, std::min(rows, c.gathered.across.count()), std::min(depths, c.gathered.depth.count()));
          if (HasFatalFailure()) return;
        }
    }
}

TEST(CpuGemmStage, CopiesEachElementOnceForABlockWithAllTaps) {
  const ConvProblem problem = canonical(parse_problem("fwd f32 nhwc n1 c64 k64 i56x56 f3x3 p1"));
  const std::int64_t block = channels_of_block(64, 9, 288);
  EXPECT_EQ(block, 32);
  const Contraction c = unmerged_contraction_of(problem, Phases(problem), 0, block);
  std::optional<gemm::Stage> stage = stage_of<float>(problem, c);
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->lay_out(56 * 56, 9 * block), 58 * 58 * block);
}

TEST(CpuGemmStage, LeavesChannelsAloneThatAreOneInMemory) {
  ConvProblem problem = canonical(parse_problem("fwd f32 nhwc n1 c4 k8 i6x6 f3x3 p1"));
  problem.x.strides[2] = 0;
  EXPECT_FALSE(stage_of<float>(problem, unmerged_contraction_of(problem, Phases(problem), 0, 0)));
}

TEST(CpuGemmStage, BlocksHaveAllTapsOfADivisorOfTheChannels) {
  EXPECT_EQ(channels_of_block(16, 9, 288), 16);
  EXPECT_EQ(channels_of_block(96, 25, 288), 12);
  EXPECT_EQ(channels_of_block(67, 9, 288), 0);     // a prime
  EXPECT_EQ(channels_of_block(64, 1024, 288), 0);  // too many taps
}

}  // namespace
}  // namespace faltung
