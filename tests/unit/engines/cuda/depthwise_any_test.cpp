// Index arithmetic and tilings of cuda.depthwise for any layout, tested on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/any/direct.h"
#include "engines/cuda/depthwise/any/window.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
using namespace test;

TEST(CudaDivider, DividesAsDivisionDoes) {
  for (int divisor : {1, 2, 3, 5, 7, 49, 56, 127, 128, 1000, 65537, 2147483647}) {
    const cuda::Divider by(divisor);
    for (int value : {0, 1, 2, divisor - 1, divisor, 48, 49, 50, 12345678, 2147483646, 2147483647}) {
      EXPECT_EQ(by.quotient(value), value / divisor) << value << " / " << divisor;
      EXPECT_EQ(by.remainder(value, value / divisor), value % divisor);
    }
  }
}

TEST(CudaDepthwiseElements, AreEachVisitedOnce) {
  for (bool channel_fastest : {false, true}) {
    const Grid grid = grid_of(5, 2, 3, 4, channel_fastest);
    for (int i = 0; i < grid.count; ++i) {
      const Element e = element_of(grid, i);
      const int again = channel_fastest ? ((e.at[0] * 3 + e.at[1]) * 4 + e.at[2]) * 5 + e.channel
                                        : ((e.channel * 2 + e.at[0]) * 3 + e.at[1]) * 4 + e.at[2];
      EXPECT_EQ(again, i);
    }
  }
}

TEST(CudaDepthwiseTaps, AreTheSameForInputsAndOutputs) {
  for (const Extent e : {Extent{11, 3, 6, 2, 1, 1}, Extent{12, 4, 5, 1, 2, -1}, Extent{9, 3, 4, 3, 2, 2}})
    for (int r = 0; r < e.filter; ++r) {
      for (int o = 0; o < e.out; ++o) {
        const int i = input_read(e, o, r);
        if (i >= 0) {
          EXPECT_EQ(output_reading(e, i, r), o);
        }
      }
      for (int i = 0; i < e.in; ++i) {
        const int o = output_reading(e, i, r);
        if (o >= 0) {
          EXPECT_EQ(input_read(e, o, r), i);
        }
      }
    }
}

TEST(CudaDepthwiseAnyWindow, ReadsItsFilterFromSharedMemory) {
  for (const char* text :
       {"fwd f32 nchw n3 c8 k8 g8 i56x56 f9x9 p4 s2", "dgrad f32 nchw n3 c8 k8 g8 i56x56 f9x9 p8 d2",
        "fwd f32 nhwc n3 c80 k80 g80 i56x56 f9x9 p4", "fwd f16 nwc n3 c264 k264 g264 i4096 f2 d64",
        "fwd f64 nchw n3 c8 k8 g8 i200x200 f70x70 p35", "dgrad bf16 ndhwc n1 c7 k7 g7 i5x6x7 f3x3x3"}) {
    const Chosen m = chosen(text);
    ASSERT_EQ(m.kernel, "any/window") << text;
    const AnyWindow& g = m.as<WindowTiling>().window;
    EXPECT_GE(g.groups * g.slots * window_positions, g.positions) << text;
    EXPECT_GE(g.pack_blocks * g.block_packs * m.as<WindowTiling>().pack, m.layout == Layout::nhwc ? g.channels : 1)
        << text;
    EXPECT_LE(m.threads, window_threads) << text;
    EXPECT_LE(m.shared_bytes, 48u << 10) << text;
  }
  for (const char* text : {"wgrad f32 nchw n3 c8 k8 g8 i56x56 f9x9 p4", "dgrad f32 nchw n3 c8 k8 g8 i56x56 f9x9 p4 s2",
                           "fwd f32 nchw n3 c8 k16 g8 i56x56 f3x3 p1", "fwd f32 nhwc n3 c8 k8 g8 i99x99 f99x99 p49"})
    EXPECT_EQ(chosen(text).kernel, "any/direct") << text;
}

TEST(CudaDepthwiseAnyWindow, VisitsPositionsInOrder) {
  const Chosen m = chosen("fwd f32 ndhwc n2 c4 k4 g4 i5x6x7 f3x3x3");
  int position = 0;
  for (int n = 0; n < 2; ++n)
    for (int z = 0; z < 3; ++z)
      for (int p = 0; p < 4; ++p)
        for (int q = 0; q < 5; ++q) {
          const Place place = place_of(m.as<WindowTiling>().window, position++);
          EXPECT_EQ(place.image, n);
          EXPECT_EQ(place.at[0], z);
          EXPECT_EQ(place.at[1], p);
          EXPECT_EQ(place.at[2], q);
        }
}

// Every position belongs to a slice. No slice is empty: its partial sums would be added unwritten.
TEST(CudaDepthwiseDirectWgrad, SlicesCoverAllPositions) {
  for (const char* text :
       {"n1 c3 k3 g3 i5x5 f9x9 p4", "n8 c512 k512 g512 i1x4096 f1x30 p0", "n32 c4 k8 g4 i56x56 f3x3 d2"})
    for (const char* layout : {"nchw", "nhwc"}) {
      const Chosen m = chosen(std::string("wgrad f32 ") + layout + " " + text);
      ASSERT_EQ(m.kernel, "any/direct");
      const std::int64_t positions = std::int64_t{m.as<DirectTiling>().shape.batch} *
                                     m.as<DirectTiling>().shape.axis[1].out * m.as<DirectTiling>().shape.axis[2].out;
      EXPECT_GE(std::int64_t{m.as<DirectTiling>().length} * m.gather.slices, positions);
      EXPECT_LT(std::int64_t{m.as<DirectTiling>().length} * (m.gather.slices - 1), positions);
    }
}

}  // namespace
}  // namespace faltung
