// Tilings of the NCHW kernels of cuda.depthwise, tested on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/nchw/any_filter.h"
#include "engines/cuda/depthwise/nchw/pipelined.h"
#include "engines/cuda/depthwise/nchw/small_planes.h"
#include "engines/cuda/depthwise/nchw/tiles.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
using namespace test;

// Blocks times tiles cover every output, within the limits of a launch.
TEST(CudaDepthwiseTilings, CoverEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i16x300", "i112x112"})
    for (const char* filter : {"f3x3 p1", "f3x3 s2 p1", "f7x7 s2 p3", "f5x5 s2 p2"})
      for (const char* type : {"f32", "f64", "bf16"}) {
        const Chosen m = chosen(std::string("fwd ") + type + " nchw n3 c8 k8 g8 " + size + " " + filter);
        ASSERT_EQ(m.kernel, "nchw/tiles");
        const NchwTiles& t = m.as<NchwTiles>();
        EXPECT_GE(t.columns * t.tiles_w * tile_width, m.planes.target_w);
        EXPECT_GE(m.blocks / (t.columns * t.bands) * t.planes, m.planes.batch * m.planes.channels);
        EXPECT_LE(m.threads, 256);
        EXPECT_LE(m.shared_bytes, 48u << 10);
      }
}

// The last five are the whole batches that tests/cuda compares with their parts.
TEST(CudaDepthwiseSmallPlanes, AreCoveredAndCopiedInWords) {
  for (const char* text :
       {"fwd f16 nchw n1 c40 k40 g40 i7x7 f7x7 p3", "dgrad bf16 nchw n256 c40 k40 g40 i28x7 f7x7 p3",
        "fwd bf16 nchw n48 c96 k96 g96 i14x14 f7x7 p3", "dgrad f32 nchw n100 c56 k56 g56 i14x14 f7x7 p3",
        "fwd f32 nchw n37 c40 k40 g40 i14x14 f5x5 p2", "dgrad f16 nchw n45 c24 k24 g24 i7x21 f5x5 p2",
        "fwd f32 nchw n64 c136 k136 g136 i7x14 f7x7 p3"}) {
    const Chosen m = chosen(text);
    ASSERT_EQ(m.kernel, "nchw/small_planes") << text;
    const SmallPlanes& k = m.as<SmallPlanes>();
    const int planes = m.planes.batch * m.planes.channels;
    EXPECT_EQ(k.tiles * small_plane_side * small_plane_side, m.planes.target_h * m.planes.target_w) << text;
    EXPECT_LE(k.planes * k.tiles, m.threads) << text;
    EXPECT_GE(m.blocks * k.planes, planes) << text;
    EXPECT_LT((m.blocks - 1) * k.planes, planes) << text << ": a block without work";
    EXPECT_EQ(static_cast<std::size_t>(k.planes) * size_of(m.dtype) % 16, 0u) << text;
    EXPECT_LE(m.shared_bytes, 48u << 10) << text;
  }
  for (const char* text :
       {"n256 c40 k40 g40 i21x21 f7x7 p3", "n256 c40 k40 g40 i14x14 f7x7 p2", "n256 c40 k40 g40 i13x14 f7x7 p3",
        "n256 c42 k42 g42 i14x14 f7x7 p3", "n256 c24 k24 g24 i7x7 f7x7 p3", "n256 c40 k40 g40 i14x14 f3x3 p1",
        "n2 c384 k384 g384 i14x14 f7x7 p3", "n256 c40 k40 g40 i14x14 f7x7 p3 align:8:8:8"})
    EXPECT_EQ(chosen(std::string("fwd f32 nchw ") + text).kernel, "nchw/tiles") << text;
}

TEST(CudaDepthwisePipelined, CoversEveryOutput) {
  for (const char* size : {"i28x28", "i13x72", "i56x56", "i20x20", "i64x64", "i7x112"})
    for (const char* type : {"fwd f32", "dgrad bf16", "fwd f16"})
      for (const char* filter : {" f7x7 p3", " f5x5 p2"}) {
        const Chosen m = chosen(std::string(type) + " nchw n3 c5 k5 g5 " + size + filter, 80);
        ASSERT_EQ(m.kernel, "nchw/pipelined") << type << size << filter;
        const Pipelined& k = m.as<Pipelined>();
        EXPECT_GE(k.tiles_w * tile_width, m.planes.target_w);
        EXPECT_GE(k.tiles_h * pipelined_rows, m.planes.target_h);
        EXPECT_GE(k.runs * k.planes, 15);
        EXPECT_LE(m.blocks, k.runs);
        EXPECT_LE(m.threads, pipelined_threads);
        EXPECT_LE(m.shared_bytes, static_cast<std::size_t>(pipelined_bytes));
        EXPECT_GE(k.rows, m.planes.source_h + m.planes.pad_h);
        EXPECT_GE((k.pitch - k.shift) * tile_width, m.planes.source_w + m.planes.pad_w);
      }
  for (const char* text : {"i14x14 f7x7 p3", "i28x28 f7x7 p2", "i28x30 f7x7 p3", "i28x28 f3x3 p1", "i12x12 f7x7 p3",
                           "i8x56 f7x7 p3", "i112x112 f7x7 p3", "i28x28 f7x7 p-1:3", "i28x28 f7x7 p3 align:8:8:8"})
    EXPECT_EQ(chosen(std::string("fwd f16 nchw n3 c5 k5 g5 ") + text, 80).kernel, "nchw/tiles") << text;
  EXPECT_EQ(chosen("fwd f32 nchw n3 c5 k5 g5 i28x28 f7x7 p3", 75).kernel, "nchw/tiles");
  EXPECT_EQ(chosen("fwd f64 nchw n3 c5 k5 g5 i28x28 f7x7 p3", 80).kernel, "nchw/tiles");
}

// One wave of blocks, each with several runs.
TEST(CudaDepthwisePipelined, FillsTheDeviceOnce) {
  EXPECT_EQ(chosen("fwd f32 nchw n32 c96 k96 g96 i56x56 f7x7 p3", 90).blocks, 4 * 132);
  EXPECT_EQ(chosen("fwd f32 nchw n32 c192 k192 g192 i28x28 f7x7 p3", 90).blocks, 16 * 132);
  EXPECT_EQ(chosen("fwd f32 nchw n1 c96 k96 g96 i56x56 f7x7 p3", 90).blocks, 96);
}

TEST(CudaDepthwiseAnyFilter, IsStagedWhereItFits) {
  for (const char* text : {"i56x56 f31x31 p15", "i224x224 f31x31 p15", "i7x7 f9x9 p4", "i1x4096 f1x40 p0"})
    for (const char* type : {"fwd f32", "fwd f64", "dgrad bf16"}) {
      const Chosen m = chosen(std::string(type) + " nchw n3 c8 k8 g8 " + text);
      ASSERT_EQ(m.kernel, "nchw/any_filter") << type << " " << text;
      EXPECT_LE(m.shared_bytes, 48u << 10);
      EXPECT_GE(m.as<AnyFilterTiling>().filter.pitch, m.as<AnyFilterTiling>().filter.filter_w);
      EXPECT_GE(m.as<AnyFilterTiling>().tiles.columns * m.as<AnyFilterTiling>().tiles.tiles_w * tile_width,
                m.planes.target_w);
      EXPECT_GE(m.as<AnyFilterTiling>().tiles.bands * m.as<AnyFilterTiling>().tiles.tiles_h *
                    any_filter_rows(m.as<AnyFilterTiling>().filter.filter_h),
                m.planes.target_h);
      EXPECT_GE(m.as<AnyFilterTiling>().tiles.groups * tile_width,
                m.as<AnyFilterTiling>().tiles.tiles_w * tile_width + m.as<AnyFilterTiling>().filter.filter_w - 1);
    }
}

}  // namespace
}  // namespace faltung
