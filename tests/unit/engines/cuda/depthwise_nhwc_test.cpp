// Tilings of the NHWC kernels of cuda.depthwise, tested on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/nhwc/box_tma.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2_3x3.h"
#include "engines/cuda/depthwise/nhwc/rows_tma.h"
#include "engines/cuda/depthwise/nhwc/strips.h"
#include "engines/cuda/depthwise/nhwc/wgrad.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
using namespace test;

TEST(CudaDepthwiseStrips, CoverEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i112x112"})
    for (const char* filter : {"f3x3 p1", "f7x7 p3", "f5x5 s2 p2", "f1x4 p0"})
      for (const char* pass : {"fwd bf16", "fwd f64", "dgrad f32", "wgrad f16", "wgrad f64"})
        for (const char* channels : {"n1 c4 k4 g4 ", "n3 c36 k36 g36 ", "n32 c768 k768 g768 "}) {
          const Chosen m = chosen(std::string(pass) + " nhwc " + channels + size + " " + filter);
          ASSERT_NE(m.kernel, "any/direct");
          const NhwcStrips& l = m.as<NhwcStrips>();
          const bool dgrad = m.kernel == "nhwc/dgrad_stride2";
          EXPECT_GE(l.pack_blocks * l.block_packs, l.packs);
          EXPECT_GE(l.rows * l.strips,
                    dgrad ? dgrad_stride2_extent(m.planes.target_h, m.planes.pad_h) : m.planes.target_h);
          EXPECT_GE(l.tile_blocks * l.slots * l.chunk, l.tiles);
          EXPECT_LT((l.tile_blocks - 1) * l.slots * l.chunk, l.tiles) << "a block without work would sum nothing";
          EXPECT_EQ(m.blocks, l.pack_blocks * l.strips * l.tile_blocks);
          EXPECT_LE(m.threads, strip_threads);
          EXPECT_LE(m.shared_bytes, 48u << 10);
        }
}

// Otherwise the rows of a filter would start in the same bank of shared memory.
TEST(CudaDepthwiseStrips, FiltersHaveAPitchOfAnOddNumberOfPacks) {
  for (int packs = 1; packs <= 32; ++packs)
    for (int pack : {1, 2, 4}) {
      const int pitch = filter_pitch({.block_packs = packs}, pack);
      EXPECT_GE(pitch, packs * pack);
      EXPECT_EQ(pitch % pack, 0);
      EXPECT_NE(pitch % 32, 0);
    }
}

TEST(CudaDepthwiseStrips, UseWholeCacheLinesIfPossible) {
  EXPECT_EQ(packs_of_block(96), 32);
  EXPECT_EQ(packs_of_block(80), 16);
  EXPECT_EQ(packs_of_block(72), 24);
  EXPECT_EQ(packs_of_block(5), 5);
  EXPECT_EQ(packs_of_block(1), 1);
}

TEST(CudaDepthwiseStrips, AreShortForSmallProblems) {
  EXPECT_LT(chosen("fwd bf16 nhwc n1 c32 k32 g32 i112x112 f3x3 p1").as<NhwcStrips>().rows, 14);
  EXPECT_EQ(chosen("fwd bf16 nhwc n256 c768 k768 g768 i14x14 f3x3 p1").as<NhwcStrips>().rows, 14);
}

TEST(CudaDepthwiseWgrad, SmallOnesNeedOneKernelAndNoWorkspace) {
  for (const char* text : {"wgrad f32 nchw n1 c8 k8 g8 i8x8 f3x3 p1", "wgrad bf16 nhwc n1 c8 k8 g8 i8x8 f3x3 p1",
                           "wgrad f16 nhwc n2 c16 k16 g16 i16x16 f7x7 p3"}) {
    EXPECT_EQ(chosen(text).gather.slices, 1) << text;
    EXPECT_EQ(chosen(text).workspace_bytes(), 0u) << text;
  }
  for (const char* text :
       {"wgrad f32 nchw n32 c8 k8 g8 i56x56 f3x3 p1", "wgrad bf16 nhwc n32 c32 k32 g32 i56x56 f3x3 p1",
        "wgrad bf16 nhwc n1 c8 k8 g8 i112x112 f3x3 p1"}) {
    EXPECT_GT(chosen(text).gather.slices, 1) << text;
    EXPECT_GT(chosen(text).workspace_bytes(), 0u) << text;
  }
}

TEST(CudaDepthwiseWgrad, FewSlicesAreAddedInClustersWhereSupported) {
  for (const char* text :
       {"wgrad bf16 nhwc n32 c768 k768 g768 i7x7 f7x7 p3", "wgrad f16 nhwc n1 c384 k384 g384 i14x14 f7x7 p3"}) {
    const Chosen clustered = chosen(text, 90), gathered = chosen(text, 80);
    EXPECT_TRUE(clustered.gather.in_cluster) << text;
    EXPECT_GT(clustered.gather.slices, 1) << text;
    EXPECT_EQ(clustered.blocks % clustered.gather.slices, 0) << text;
    EXPECT_EQ(clustered.workspace_bytes(), 0u) << text;
    EXPECT_FALSE(gathered.gather.in_cluster) << text;
    EXPECT_EQ(gathered.workspace_bytes() > 0, gathered.gather.slices > 1) << text;
  }
  EXPECT_FALSE(chosen("wgrad bf16 nhwc n32 c32 k32 g32 i112x112 f3x3 p1", 90).gather.in_cluster);
}

// The first five are the whole batches that tests/cuda compares with their parts.
TEST(CudaDepthwiseRowsTma, CoversEveryOutputOfLargeProblems) {
  for (const char* text :
       {"fwd bf16 nhwc n40 c96 k96 g96 i61x57 f3x3 p1", "dgrad bf16 nhwc n25 c48 k48 g48 i101x103 f3x3 p0",
        "fwd f16 nhwc n77 c160 k160 g160 i28x30 f3x3 p2", "dgrad f16 nhwc n9 c32 k32 g32 i330x171 f3x3 p1",
        "fwd bf16 nhwc n23 c384 k384 g384 i40x42 f3x3 p1", "fwd bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 p1",
        "fwd bf16 nhwc n2 c8 k8 g8 i1000x3000 f3x3 p1", "fwd f16 nhwc n9 c1024 k1024 g1024 i64x64 f3x3 p1:2"}) {
    const Chosen m = chosen(text, 90);
    ASSERT_EQ(m.kernel, "nhwc/rows_tma") << text;
    EXPECT_EQ(chosen(text, 80).kernel, "nhwc/strips") << text;
    const RowsTma& k = m.as<RowsTma>();
    const int columns = k.groups * rows_tma_columns, last = (k.strips - 1) * columns;
    EXPECT_EQ(k.block_packs * rows_tma_pack, m.planes.channels) << text;
    EXPECT_GE(last + columns, m.planes.target_w) << text;
    EXPECT_LT(last, m.planes.target_w) << text;
    EXPECT_LT(last - m.planes.pad_w, m.planes.source_w) << text << ": a strip beside the image";
    EXPECT_GE(k.tiles / m.planes.batch * k.rows, m.planes.target_h) << text;
    EXPECT_GE(k.warps * 32, k.block_packs * k.groups) << text;
    EXPECT_LE(m.threads, rows_tma_threads) << text;
    EXPECT_GE(k.slots, least_slots) << text;
    EXPECT_LE(m.shared_bytes, 227u << 10) << text;
  }
  EXPECT_EQ(chosen("fwd bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 p1", 120).kernel, "nhwc/strips");
  EXPECT_EQ(chosen("fwd bf16 nhwc n32 c148 k148 g148 i56x56 f3x3 p1", 90).kernel, "nhwc/strips");
  EXPECT_EQ(chosen("fwd bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 p1 align:8:8:8", 90).kernel, "nhwc/strips");
  EXPECT_EQ(chosen("fwd bf16 nhwc n1 c72 k72 g72 i56x56 f3x3 p1", 90).kernel, "nhwc/strips");
}

// A block has one box, and the grid is one wave. The first five are the parts that tests/cuda compares with the whole.
TEST(CudaDepthwiseBoxTma, CoversEveryOutputOfSmallProblems) {
  for (const char* text :
       {"fwd bf16 nhwc n2 c96 k96 g96 i61x57 f3x3 p1", "dgrad bf16 nhwc n1 c48 k48 g48 i101x103 f3x3 p0",
        "fwd f16 nhwc n20 c160 k160 g160 i28x30 f3x3 p2", "dgrad f16 nhwc n1 c32 k32 g32 i330x171 f3x3 p1",
        "fwd bf16 nhwc n2 c384 k384 g384 i40x42 f3x3 p1", "fwd bf16 nhwc n32 c192 k192 g192 i28x28 f3x3 p1",
        "fwd bf16 nhwc n32 c960 k960 g960 i7x7 f3x3 p1", "fwd bf16 nhwc n1 c32 k32 g32 i3x813 f3x3 p0",
        "fwd f16 nhwc n1 c32 k32 g32 i3000x3 f3x3 p1"}) {
    const Chosen m = chosen(text, 90);
    ASSERT_EQ(m.kernel, "nhwc/box_tma") << text;
    EXPECT_EQ(chosen(text, 80).kernel, "nhwc/strips") << text;
    const BoxTma& k = m.as<BoxTma>();
    const int columns = k.groups * box_tma_columns, tiles_h = k.tiles / (m.planes.batch * k.tiles_w);
    EXPECT_EQ(k.pack_blocks * k.channels, m.planes.channels) << text;
    EXPECT_GE(k.tiles_w * columns, m.planes.target_w) << text;
    EXPECT_LT((k.tiles_w - 1) * columns, m.planes.target_w) << text;
    EXPECT_GE(tiles_h * k.rows, m.planes.target_h) << text;
    EXPECT_LE(k.box_h, 256) << text;
    EXPECT_LE(m.threads, box_tma_threads) << text;
    EXPECT_LE(m.shared_bytes, static_cast<std::size_t>(box_tma_bytes)) << text;
  }
}

// The first is a whole batch that tests/cuda compares with its parts.
TEST(CudaDepthwiseDgrad3x3, CoversEveryTarget) {
  for (const char* text :
       {"dgrad bf16 nhwc n7 c96 k96 g96 i181x185 f3x3 s2 p1", "dgrad f16 nhwc n3 c36 k36 g36 i13x17 f3x3 s2 p0",
        "dgrad f32 nhwc n2 c2 k2 g2 i1x1 f3x3 s2 p2", "dgrad f64 nhwc n2 c33 k33 g33 i8x9 f3x3 s2 p3",
        "dgrad bf16 nhwc n32 c960 k960 g960 i14x14 f3x3 s2 p1"}) {
    const Chosen m = chosen(text);
    ASSERT_EQ(m.kernel, "nhwc/dgrad_stride2_3x3") << text;
    const Dgrad3x3& k = m.as<Dgrad3x3>();
    const Planes& p = m.planes;
    const int first_h = 2 * first_quad(p.pad_h) + 1 - p.pad_h, first_w = 2 * first_quad(p.pad_w) + 1 - p.pad_w;
    EXPECT_LE(first_h, 0) << text;
    EXPECT_LE(first_w, 0) << text;
    EXPECT_GE(first_w + 2 * k.tiles_w, p.target_w) << text;
    EXPECT_GE(first_h + 2 * k.rows * (k.tiles / (p.batch * k.tiles_w)), p.target_h) << text;
    EXPECT_EQ(k.tiles % (p.batch * k.tiles_w), 0) << text;
    EXPECT_GE(k.pack_blocks * k.block_packs, k.packs) << text;
    EXPECT_LT((k.tile_blocks - 1) * k.slots, k.tiles) << text << ": a block without work";
    EXPECT_EQ(m.blocks, k.pack_blocks * k.tile_blocks) << text;
    EXPECT_LE(m.threads, dgrad_3x3_threads) << text;
    EXPECT_LE(m.shared_bytes, 48u << 10) << text;
  }
}

TEST(CudaDepthwiseDgrad3x3, StoresLargeResultsPastTheCache) {
  EXPECT_TRUE(chosen("dgrad bf16 nhwc n7 c96 k96 g96 i181x185 f3x3 s2 p1", 90).as<Dgrad3x3>().streaming_stores);
  EXPECT_FALSE(chosen("dgrad bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 s2 p1", 90).as<Dgrad3x3>().streaming_stores);
}

}  // namespace
}  // namespace faltung
