// Tilings and index arithmetic of cuda.depthwise, tested on the CPU.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

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

struct Gpu {
  int capability, sm_count, sm_kib, block_kib, l2_mib;  // KiB of shared memory, of an SM and at most of a block
};
constexpr Gpu gpus[] = {{75, 40, 64, 64, 4},     {80, 108, 164, 163, 40}, {86, 46, 100, 99, 4},
                        {89, 142, 100, 99, 96},  {90, 132, 228, 227, 60}, {100, 148, 228, 227, 126},
                        {120, 188, 100, 99, 128}};

DeviceInfo info_of(const Gpu& gpu) {
  DeviceInfo info;
  info.capability = gpu.capability;
  info.sm_count = gpu.sm_count;
  info.sm_shared_bytes = static_cast<std::size_t>(gpu.sm_kib) << 10;
  info.block_shared_bytes = static_cast<std::size_t>(gpu.block_kib) << 10;
  info.l2_bytes = static_cast<std::size_t>(gpu.l2_mib) << 20;
  return info;
}

Method method_for(const std::string& text, int capability = 75) {
  const auto is_it = [&](const Gpu& gpu) { return gpu.capability == capability; };
  return method_of(parse_problem(text), info_of(*std::find_if(std::begin(gpus), std::end(gpus), is_it)));
}

// Dynamic shared memory beyond 48 KiB is asked for by the kernels that may take it.
TEST(CudaDepthwiseDevices, EveryPlanFitsTheirSharedMemory) {
  for (const Gpu& gpu : gpus)
    for (const char* type : {"f32", "f64", "bf16"})
      for (const char* layout : {"nchw", "nhwc"})
        for (const char* pass : {"fwd", "dgrad", "wgrad"})
          for (const char* filter :
               {"f3x3 p1", "f3x3 s2 p1", "f5x5 p2", "f7x7 p3", "f7x7 s2 p3", "f31x31 p15", "f3x3 d2 p2"})
            for (const char* size : {"n1 c32 k32 g32 i112x112", "n32 c96 k96 g96 i56x56", "n32 c192 k192 g192 i28x28",
                                     "n64 c768 k768 g768 i14x14", "n32 c960 k960 g960 i7x7"}) {
              const std::string text = fmt::format("{} {} {} {} {}", pass, type, layout, size, filter);
              const Method m = method_of(parse_problem(text), info_of(gpu));
              EXPECT_LE(m.shared_bytes, static_cast<std::size_t>(gpu.block_kib) << 10)
                  << text << " on " << gpu.capability;
              EXPECT_LE(m.threads, 1024) << text;
            }
}

TEST(CudaDepthwiseDevices, WithFewerMultiprocessorsHaveLongerStrips) {
  const ConvProblem p = parse_problem("fwd f32 nhwc n1 c32 k32 g32 i112x112 f3x3 p1");
  DeviceInfo small = info_of(gpus[2]), large = info_of(gpus[2]);
  large.sm_count = 4 * small.sm_count;
  EXPECT_GT(method_of(p, small).nhwc_strips.rows, method_of(p, large).nhwc_strips.rows);
}

TEST(CudaDepthwiseDevices, WithALargerCacheKeepMoreInIt) {
  const ConvProblem p = parse_problem("dgrad bf16 nhwc n7 c96 k96 g96 i181x185 f3x3 s2 p1");
  DeviceInfo gpu = info_of(gpus[4]);
  EXPECT_TRUE(method_of(p, gpu).dgrad_3x3.streaming_stores);
  gpu.l2_bytes = std::size_t{256} << 20;
  EXPECT_FALSE(method_of(p, gpu).dgrad_3x3.streaming_stores);
}

// Blocks times tiles cover every output, within the limits of a launch.
TEST(CudaDepthwiseTilings, CoverEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i16x300", "i112x112"})
    for (const char* filter : {"f3x3 p1", "f3x3 s2 p1", "f7x7 s2 p3", "f5x5 s2 p2"})
      for (const char* type : {"f32", "f64", "bf16"}) {
        const Method m = method_for(std::string("fwd ") + type + " nchw n3 c8 k8 g8 " + size + " " + filter);
        ASSERT_EQ(m.kernel, Kernel::nchw_tiles);
        const NchwTiles& t = m.tiles;
        EXPECT_GE(t.columns * t.tiles_w * tile_width, m.planes.target_w);
        EXPECT_GE(m.blocks / (t.columns * t.bands) * t.planes, m.planes.batch * m.planes.channels);
        EXPECT_LE(m.threads, 256);
        EXPECT_LE(m.shared_bytes, 48u << 10);
      }
}

TEST(CudaDepthwiseStrips, CoverEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i112x112"})
    for (const char* filter : {"f3x3 p1", "f7x7 p3", "f5x5 s2 p2", "f1x4 p0"})
      for (const char* pass : {"fwd bf16", "fwd f64", "dgrad f32", "wgrad f16", "wgrad f64"})
        for (const char* channels : {"n1 c4 k4 g4 ", "n3 c36 k36 g36 ", "n32 c768 k768 g768 "}) {
          const Method m = method_for(std::string(pass) + " nhwc " + channels + size + " " + filter);
          ASSERT_NE(m.kernel, Kernel::fallback);
          const NhwcStrips& l = m.nhwc_strips;
          const bool dgrad = m.kernel == Kernel::nhwc_dgrad_stride2;
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
  EXPECT_LT(method_for("fwd bf16 nhwc n1 c32 k32 g32 i112x112 f3x3 p1").nhwc_strips.rows, 14);
  EXPECT_EQ(method_for("fwd bf16 nhwc n256 c768 k768 g768 i14x14 f3x3 p1").nhwc_strips.rows, 14);
}

TEST(CudaDepthwiseWgrad, SmallOnesNeedOneKernelAndNoWorkspace) {
  for (const char* text : {"wgrad f32 nchw n1 c8 k8 g8 i8x8 f3x3 p1", "wgrad bf16 nhwc n1 c8 k8 g8 i8x8 f3x3 p1",
                           "wgrad f16 nhwc n2 c16 k16 g16 i16x16 f7x7 p3"}) {
    EXPECT_EQ(method_for(text).gather.slices, 1) << text;
    EXPECT_EQ(method_for(text).workspace_bytes, 0u) << text;
  }
  for (const char* text :
       {"wgrad f32 nchw n32 c8 k8 g8 i56x56 f3x3 p1", "wgrad bf16 nhwc n32 c32 k32 g32 i56x56 f3x3 p1",
        "wgrad bf16 nhwc n1 c8 k8 g8 i112x112 f3x3 p1"}) {
    EXPECT_GT(method_for(text).gather.slices, 1) << text;
    EXPECT_GT(method_for(text).workspace_bytes, 0u) << text;
  }
}

TEST(CudaDepthwiseWgrad, FewSlicesAreAddedInClustersWhereSupported) {
  for (const char* text :
       {"wgrad bf16 nhwc n32 c768 k768 g768 i7x7 f7x7 p3", "wgrad f16 nhwc n1 c384 k384 g384 i14x14 f7x7 p3"}) {
    const Method clustered = method_for(text, 90), gathered = method_for(text, 80);
    EXPECT_TRUE(clustered.gather.in_cluster) << text;
    EXPECT_GT(clustered.gather.slices, 1) << text;
    EXPECT_EQ(clustered.blocks % clustered.gather.slices, 0) << text;
    EXPECT_EQ(clustered.workspace_bytes, 0u) << text;
    EXPECT_FALSE(gathered.gather.in_cluster) << text;
    EXPECT_EQ(gathered.workspace_bytes > 0, gathered.gather.slices > 1) << text;
  }
  EXPECT_FALSE(method_for("wgrad bf16 nhwc n32 c32 k32 g32 i112x112 f3x3 p1", 90).gather.in_cluster);
}

// Every strip of source columns that a block's tiles read is in its stage.
TEST(CudaDepthwiseMma, CoversEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i4x3", "i112x9"})
    for (const char* rest : {"c8 k8 g8 n1", "c104 k104 g104 n3", "c768 k768 g768 n32"})
      for (const char* text : {"fwd bf16 nhwc f7x7 p3 ", "dgrad f16 nhwc f5x5 p2 ", "fwd f16 nhwc f7x7 p6 "}) {
        const Method m = method_for(std::string(text) + rest + " " + size, 80);
        ASSERT_EQ(m.kernel, Kernel::nhwc_mma) << text << rest << size;
        const Mma& k = m.mma;
        EXPECT_GE(k.pack_blocks * k.chunks * mma_channels, m.planes.channels);
        EXPECT_GE(k.tiles_w * mma_columns, m.planes.target_w);
        EXPECT_GE(k.tile_blocks * mma_tiles, m.planes.batch * k.tiles_w);
        EXPECT_GE(k.rows * k.strips, m.planes.target_h);
        EXPECT_LT(k.rows * (k.strips - 1), m.planes.target_h) << "a block without work";
        EXPECT_LE(m.shared_bytes, static_cast<std::size_t>(most_mma_bytes));
        for (int first = 0; first < k.tiles; first += mma_tiles)
          EXPECT_LT(strip_of_tile(k, first + mma_tiles - 1) + 1 - strip_of_tile(k, first), k.staged);
      }
}

// The blocks of a channel group divide all steps among themselves, none twice; shared memory holds a block's boxes.
TEST(CudaDepthwiseMmaTma, CoversEveryOutput) {
  int seen = 0;
  for (const char* size : {"i7x7", "i14x14", "i13x20", "i56x56", "i28x28", "i112x112", "i6x250"})
    for (const char* rest :
         {"c8 k8 g8 n17", "c104 k104 g104 n3", "c768 k768 g768 n32", "c96 k96 g96 n32", "c16 k16 g16 n1"})
      for (const char* text : {"fwd bf16 nhwc f7x7 p3 ", "dgrad f16 nhwc f5x5 p2 ", "fwd f16 nhwc f7x7 p6 "}) {
        const Method m = method_for(std::string(text) + rest + " " + size, 90);
        if (m.kernel != Kernel::nhwc_mma_tma) continue;
        ++seen;
        const MmaTma& k = m.mma_tma;
        EXPECT_GE(k.groups * k.channels, m.planes.channels);
        EXPECT_LT((k.groups - 1) * k.channels, m.planes.channels);
        EXPECT_GE(k.row_parts * k.tiles_w * mma_columns, m.planes.target_w);
        EXPECT_LE(k.tiles_w * k.images, mma_tiles);
        EXPECT_GE(k.columns / k.row_parts * k.images, m.planes.batch);
        EXPECT_GE(k.steps * mma_tma_rows, m.planes.target_h);
        EXPECT_LE(m.shared_bytes * (32 / static_cast<std::size_t>(k.channels)), std::size_t{224} << 10);
        EXPECT_EQ(first_step(k, 0), 0);
        EXPECT_EQ(first_step(k, k.group_blocks), k.columns * k.steps);
        for (int i = 0; i < k.group_blocks; ++i) EXPECT_LE(first_step(k, i), first_step(k, i + 1));
      }
  EXPECT_GT(seen, 10) << "the test covers too few problems";
}

TEST(CudaDepthwiseMmaTma, IsForLargeProblemsThatFillTheMmas) {
  for (const char* text :
       {"fwd bf16 nhwc n32 c96 k96 g96 i56x56 f7x7 p3", "dgrad f16 nhwc n32 c384 k384 g384 i14x14 f7x7 p3",
        "fwd bf16 nhwc n32 c144 k144 g144 i56x56 f5x5 p2 bias", "fwd bf16 nhwc n3 c2104 k2104 g2104 i13x17 f7x7 p3",
        "fwd bf16 nhwc n3 c2120 k2120 g2120 i20x12 f7x7 p3"}) {
    EXPECT_EQ(method_for(text, 90).kernel, Kernel::nhwc_mma_tma) << text;
    EXPECT_EQ(method_for(text, 80).kernel, Kernel::nhwc_mma) << text;
    EXPECT_EQ(method_for(text, 120).kernel, Kernel::nhwc_mma) << text << ": too little shared memory";
  }
  for (const char* text :
       {"fwd bf16 nhwc n32 c96 k96 g96 i72x72 f7x7 p3", "fwd bf16 nhwc n1 c768 k768 g768 i7x7 f7x7 p3",
        "fwd bf16 nhwc n32 c96 k96 g96 i56x56 f7x7 p3 relu"})
    EXPECT_EQ(method_for(text, 90).kernel, Kernel::nhwc_mma) << text;
}

// The first five are the whole batches that tests/cuda compares with their parts.
TEST(CudaDepthwiseRowsTma, CoversEveryOutputOfLargeProblems) {
  for (const char* text :
       {"fwd bf16 nhwc n40 c96 k96 g96 i61x57 f3x3 p1", "dgrad bf16 nhwc n25 c48 k48 g48 i101x103 f3x3 p0",
        "fwd f16 nhwc n77 c160 k160 g160 i28x30 f3x3 p2", "dgrad f16 nhwc n9 c32 k32 g32 i330x171 f3x3 p1",
        "fwd bf16 nhwc n23 c384 k384 g384 i40x42 f3x3 p1", "fwd bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 p1",
        "fwd bf16 nhwc n2 c8 k8 g8 i1000x3000 f3x3 p1", "fwd f16 nhwc n9 c1024 k1024 g1024 i64x64 f3x3 p1:2"}) {
    const Method m = method_for(text, 90);
    ASSERT_EQ(m.kernel, Kernel::nhwc_rows_tma) << text;
    EXPECT_EQ(method_for(text, 80).kernel, Kernel::nhwc_strips) << text;
    const RowsTma& k = m.rows_tma;
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
  EXPECT_EQ(method_for("fwd bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 p1", 120).kernel, Kernel::nhwc_strips);
  EXPECT_EQ(method_for("fwd bf16 nhwc n32 c148 k148 g148 i56x56 f3x3 p1", 90).kernel, Kernel::nhwc_strips);
  EXPECT_EQ(method_for("fwd bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 p1 align:8:8:8", 90).kernel, Kernel::nhwc_strips);
  EXPECT_EQ(method_for("fwd bf16 nhwc n1 c72 k72 g72 i56x56 f3x3 p1", 90).kernel, Kernel::nhwc_strips);
}

// A block has one box, and the grid is one wave. The first five are the parts that tests/cuda compares with the whole.
TEST(CudaDepthwiseBoxTma, CoversEveryOutputOfSmallProblems) {
  for (const char* text :
       {"fwd bf16 nhwc n2 c96 k96 g96 i61x57 f3x3 p1", "dgrad bf16 nhwc n1 c48 k48 g48 i101x103 f3x3 p0",
        "fwd f16 nhwc n20 c160 k160 g160 i28x30 f3x3 p2", "dgrad f16 nhwc n1 c32 k32 g32 i330x171 f3x3 p1",
        "fwd bf16 nhwc n2 c384 k384 g384 i40x42 f3x3 p1", "fwd bf16 nhwc n32 c192 k192 g192 i28x28 f3x3 p1",
        "fwd bf16 nhwc n32 c960 k960 g960 i7x7 f3x3 p1", "fwd bf16 nhwc n1 c32 k32 g32 i3x813 f3x3 p0",
        "fwd f16 nhwc n1 c32 k32 g32 i3000x3 f3x3 p1"}) {
    const Method m = method_for(text, 90);
    ASSERT_EQ(m.kernel, Kernel::nhwc_box_tma) << text;
    EXPECT_EQ(method_for(text, 80).kernel, Kernel::nhwc_strips) << text;
    const BoxTma& k = m.box_tma;
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
    const Method m = method_for(text);
    ASSERT_EQ(m.kernel, Kernel::nhwc_dgrad_stride2_3x3) << text;
    const Dgrad3x3& k = m.dgrad_3x3;
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
  EXPECT_TRUE(method_for("dgrad bf16 nhwc n7 c96 k96 g96 i181x185 f3x3 s2 p1", 90).dgrad_3x3.streaming_stores);
  EXPECT_FALSE(method_for("dgrad bf16 nhwc n32 c144 k144 g144 i56x56 f3x3 s2 p1", 90).dgrad_3x3.streaming_stores);
}

TEST(CudaDepthwiseMma, IsForSixteenBitsAndWholeChunksOnly) {
  EXPECT_EQ(method_for("fwd bf16 nhwc n1 c8 k8 g8 i56x56 f7x7 p3", 75).kernel, Kernel::nhwc_strips)
      << "no tensor cores";
  for (const char* text : {"fwd f32 nhwc n1 c8 k8 g8 i56x56 f7x7 p3", "fwd bf16 nhwc n1 c12 k12 g12 i56x56 f7x7 p3",
                           "fwd bf16 nhwc n1 c8 k8 g8 i56x56 f3x3 p1"})
    EXPECT_EQ(method_for(text, 90).kernel, Kernel::nhwc_strips) << text;
  EXPECT_EQ(method_for("fwd bf16 nhwc n1 c8 k8 g8 i56x56 f7x7 s2 p3", 90).kernel, Kernel::nhwc_strips);
  EXPECT_EQ(method_for("wgrad bf16 nhwc n1 c8 k8 g8 i56x56 f7x7 p3", 90).kernel, Kernel::nhwc_wgrad);
}

// A second wave of blocks costs more than smaller blocks save.
TEST(CudaDepthwiseMma, FillsTheDeviceOnce) {
  EXPECT_EQ(method_for("fwd bf16 nhwc n32 c96 k96 g96 i56x56 f7x7 p3", 90).mma.rows, 19);
  EXPECT_EQ(method_for("fwd bf16 nhwc n32 c192 k192 g192 i28x28 f7x7 p3", 90).mma.rows, 14);
  EXPECT_LE(method_for("fwd bf16 nhwc n1 c96 k96 g96 i56x56 f7x7 p3", 90).mma.rows, 4);
}

// The last five are the whole batches that tests/cuda compares with their parts.
TEST(CudaDepthwiseSmallPlanes, AreCoveredAndCopiedInWords) {
  for (const char* text :
       {"fwd f16 nchw n1 c40 k40 g40 i7x7 f7x7 p3", "dgrad bf16 nchw n256 c40 k40 g40 i28x7 f7x7 p3",
        "fwd bf16 nchw n48 c96 k96 g96 i14x14 f7x7 p3", "dgrad f32 nchw n100 c56 k56 g56 i14x14 f7x7 p3",
        "fwd f32 nchw n37 c40 k40 g40 i14x14 f5x5 p2", "dgrad f16 nchw n45 c24 k24 g24 i7x21 f5x5 p2",
        "fwd f32 nchw n64 c136 k136 g136 i7x14 f7x7 p3"}) {
    const Method m = method_for(text);
    ASSERT_EQ(m.kernel, Kernel::nchw_small_planes) << text;
    const SmallPlanes& k = m.small_planes;
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
    EXPECT_EQ(method_for(std::string("fwd f32 nchw ") + text).kernel, Kernel::nchw_tiles) << text;
}

TEST(CudaDepthwisePipelined, CoversEveryOutput) {
  for (const char* size : {"i28x28", "i13x72", "i56x56", "i20x20", "i64x64", "i7x112"})
    for (const char* type : {"fwd f32", "dgrad bf16", "fwd f16"})
      for (const char* filter : {" f7x7 p3", " f5x5 p2"}) {
        const Method m = method_for(std::string(type) + " nchw n3 c5 k5 g5 " + size + filter, 80);
        ASSERT_EQ(m.kernel, Kernel::nchw_pipelined) << type << size << filter;
        const Pipelined& k = m.pipelined;
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
    EXPECT_EQ(method_for(std::string("fwd f16 nchw n3 c5 k5 g5 ") + text, 80).kernel, Kernel::nchw_tiles) << text;
  EXPECT_EQ(method_for("fwd f32 nchw n3 c5 k5 g5 i28x28 f7x7 p3", 75).kernel, Kernel::nchw_tiles);
  EXPECT_EQ(method_for("fwd f64 nchw n3 c5 k5 g5 i28x28 f7x7 p3", 80).kernel, Kernel::nchw_tiles);
}

// One wave of blocks, each with several runs.
TEST(CudaDepthwisePipelined, FillsTheDeviceOnce) {
  EXPECT_EQ(method_for("fwd f32 nchw n32 c96 k96 g96 i56x56 f7x7 p3", 90).blocks, 4 * 132);
  EXPECT_EQ(method_for("fwd f32 nchw n32 c192 k192 g192 i28x28 f7x7 p3", 90).blocks, 16 * 132);
  EXPECT_EQ(method_for("fwd f32 nchw n1 c96 k96 g96 i56x56 f7x7 p3", 90).blocks, 96);
}

TEST(CudaDepthwiseAnyFilter, IsStagedWhereItFits) {
  for (const char* text : {"i56x56 f31x31 p15", "i224x224 f31x31 p15", "i7x7 f9x9 p4", "i1x4096 f1x40 p0"})
    for (const char* type : {"fwd f32", "fwd f64", "dgrad bf16"}) {
      const Method m = method_for(std::string(type) + " nchw n3 c8 k8 g8 " + text);
      ASSERT_EQ(m.kernel, Kernel::nchw_any_filter) << type << " " << text;
      EXPECT_LE(m.shared_bytes, 48u << 10);
      EXPECT_GE(m.any_filter.pitch, m.any_filter.filter_w);
      EXPECT_GE(m.tiles.columns * m.tiles.tiles_w * tile_width, m.planes.target_w);
      EXPECT_GE(m.tiles.bands * m.tiles.tiles_h * any_filter_rows(m.any_filter.filter_h), m.planes.target_h);
      EXPECT_GE(m.tiles.groups * tile_width, m.tiles.tiles_w * tile_width + m.any_filter.filter_w - 1);
    }
}

TEST(CudaDepthwiseGenericWindow, ReadsItsFilterFromSharedMemory) {
  for (const char* text :
       {"fwd f32 nchw n3 c8 k8 g8 i56x56 f9x9 p4 s2", "dgrad f32 nchw n3 c8 k8 g8 i56x56 f9x9 p8 d2",
        "fwd f32 nhwc n3 c80 k80 g80 i56x56 f9x9 p4", "fwd f16 nwc n3 c264 k264 g264 i4096 f2 d64",
        "fwd f64 nchw n3 c8 k8 g8 i200x200 f70x70 p35", "dgrad bf16 ndhwc n1 c7 k7 g7 i5x6x7 f3x3x3"}) {
    const Method m = method_for(text);
    ASSERT_EQ(m.kernel, Kernel::generic_window) << text;
    const GenericWindow& g = m.generic_window;
    EXPECT_GE(g.groups * g.slots * window_positions, g.positions) << text;
    EXPECT_GE(g.pack_blocks * g.block_packs * m.pack, m.layout == Layout::nhwc ? g.channels : 1) << text;
    EXPECT_LE(m.threads, window_threads) << text;
    EXPECT_LE(m.shared_bytes, 48u << 10) << text;
  }
  for (const char* text : {"wgrad f32 nchw n3 c8 k8 g8 i56x56 f9x9 p4", "dgrad f32 nchw n3 c8 k8 g8 i56x56 f9x9 p4 s2",
                           "fwd f32 nchw n3 c8 k16 g8 i56x56 f3x3 p1", "fwd f32 nhwc n3 c8 k8 g8 i99x99 f99x99 p49"})
    EXPECT_EQ(method_for(text).kernel, Kernel::fallback) << text;
}

TEST(CudaDepthwiseGenericWindow, VisitsPositionsInOrder) {
  const Method m = method_for("fwd f32 ndhwc n2 c4 k4 g4 i5x6x7 f3x3x3");
  int position = 0;
  for (int n = 0; n < 2; ++n)
    for (int z = 0; z < 3; ++z)
      for (int p = 0; p < 4; ++p)
        for (int q = 0; q < 5; ++q) {
          const Place place = place_of(m.generic_window, position++);
          EXPECT_EQ(place.image, n);
          EXPECT_EQ(place.at[0], z);
          EXPECT_EQ(place.at[1], p);
          EXPECT_EQ(place.at[2], q);
        }
}

// Every position belongs to a slice. No slice is empty: its partial sums would be added unwritten.
TEST(CudaDepthwiseFallbackWgrad, SlicesCoverAllPositions) {
  for (const char* text :
       {"n1 c3 k3 g3 i5x5 f9x9 p4", "n8 c512 k512 g512 i1x4096 f1x30 p0", "n32 c4 k8 g4 i56x56 f3x3 d2"})
    for (const char* layout : {"nchw", "nhwc"}) {
      const Method m = method_for(std::string("wgrad f32 ") + layout + " " + text);
      ASSERT_EQ(m.kernel, Kernel::fallback);
      const std::int64_t positions = std::int64_t{m.fallback.batch} * m.fallback.axis[1].out * m.fallback.axis[2].out;
      EXPECT_GE(std::int64_t{m.length} * m.gather.slices, positions);
      EXPECT_LT(std::int64_t{m.length} * (m.gather.slices - 1), positions);
    }
}

}  // namespace
}  // namespace faltung
