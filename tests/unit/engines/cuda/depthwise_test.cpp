// The index arithmetic of cuda.depthwise, on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/method.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;

TEST(CudaDivider, DividesAsDivisionDoes) {
  for (int divisor : {1, 2, 3, 5, 7, 49, 56, 127, 128, 1000, 65537, 2147483647}) {
    const cuda::Divider by(divisor);
    for (int value : {0, 1, 2, divisor - 1, divisor, 48, 49, 50, 12345678, 2147483646, 2147483647}) {
      EXPECT_EQ(by.quotient(value), value / divisor) << value << " / " << divisor;
      EXPECT_EQ(by.remainder(value, value / divisor), value % divisor);
    }
  }
}

TEST(CudaDepthwiseElements, AreEachMetOnce) {
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

TEST(CudaDepthwiseTaps, AreTheSameSeenFromEitherSide) {
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

// Blocks times tiles reach every output, within what a launch may ask for.
TEST(CudaDepthwiseTilings, CoverEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i16x300", "i112x112"})
    for (const char* filter : {"f3x3 p1", "f3x3 s2 p1", "f7x7 p3", "f5x5 s2 p2"})
      for (const char* type : {"f32", "f64", "bf16"}) {
        const Method m =
            method_of(parse_problem(std::string("fwd ") + type + " nchw n3 c8 k8 g8 " + size + " " + filter));
        ASSERT_EQ(m.kernel, Kernel::window);
        const PlanarTiles& t = m.tiles;
        EXPECT_GE(t.columns * t.tiles_w * tile_width, m.planes.target_w);
        EXPECT_GE(m.blocks / (t.columns * t.bands) * t.planes, m.planes.batch * m.planes.channels);
        EXPECT_LE(m.threads, 256);
        EXPECT_LE(m.shared_bytes, 48u << 10);
      }
}

}  // namespace
}  // namespace faltung
