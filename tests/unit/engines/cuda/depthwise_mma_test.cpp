// Tilings of the kernels of cuda.depthwise for tensor cores, tested on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/nhwc/mma/tma.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
using namespace test;

// Every strip of source columns that a block's tiles read is in its stage.
TEST(CudaDepthwiseMma, CoversEveryOutput) {
  for (const char* size : {"i7x7", "i14x14", "i13x70", "i56x56", "i4x3", "i112x9"})
    for (const char* rest : {"c8 k8 g8 n1", "c104 k104 g104 n3", "c768 k768 g768 n32"})
      for (const char* text : {"fwd bf16 nhwc f7x7 p3 ", "dgrad f16 nhwc f5x5 p2 ", "fwd f16 nhwc f7x7 p6 "}) {
        const Chosen m = chosen(std::string(text) + rest + " " + size, 80);
        ASSERT_EQ(m.kernel, "nhwc/mma/cp_async") << text << rest << size;
        const Mma& k = m.as<Mma>();
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
        const Chosen m = chosen(std::string(text) + rest + " " + size, 90);
        if (m.kernel != "nhwc/mma/tma") continue;
        ++seen;
        const MmaTma& k = m.as<MmaTma>();
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
    EXPECT_EQ(chosen(text, 90).kernel, "nhwc/mma/tma") << text;
    EXPECT_EQ(chosen(text, 80).kernel, "nhwc/mma/cp_async") << text;
    EXPECT_EQ(chosen(text, 120).kernel, "nhwc/mma/cp_async") << text << ": too little shared memory";
  }
  for (const char* text :
       {"fwd bf16 nhwc n32 c96 k96 g96 i72x72 f7x7 p3", "fwd bf16 nhwc n1 c768 k768 g768 i7x7 f7x7 p3",
        "fwd bf16 nhwc n32 c96 k96 g96 i56x56 f7x7 p3 relu"})
    EXPECT_EQ(chosen(text, 90).kernel, "nhwc/mma/cp_async") << text;
}

TEST(CudaDepthwiseMma, IsForSixteenBitsAndWholeChunksOnly) {
  EXPECT_EQ(chosen("fwd bf16 nhwc n1 c8 k8 g8 i56x56 f7x7 p3", 75).kernel, "nhwc/strips") << "no tensor cores";
  for (const char* text : {"fwd f32 nhwc n1 c8 k8 g8 i56x56 f7x7 p3", "fwd bf16 nhwc n1 c12 k12 g12 i56x56 f7x7 p3",
                           "fwd bf16 nhwc n1 c8 k8 g8 i56x56 f3x3 p1"})
    EXPECT_EQ(chosen(text, 90).kernel, "nhwc/strips") << text;
  EXPECT_EQ(chosen("fwd bf16 nhwc n1 c8 k8 g8 i56x56 f7x7 s2 p3", 90).kernel, "nhwc/strips");
  EXPECT_EQ(chosen("wgrad bf16 nhwc n1 c8 k8 g8 i56x56 f7x7 p3", 90).kernel, "nhwc/wgrad");
}

// A second wave of blocks costs more than smaller blocks save.
TEST(CudaDepthwiseMma, FillsTheDeviceOnce) {
  const auto rows = [](const char* text) {
    const ConvProblem p = parse_problem(text);
    return offer_nhwc_mma_cp_async(case_of(p), gpu_with(90)).value().as<Mma>().rows;
  };
  EXPECT_EQ(rows("fwd bf16 nhwc n32 c96 k96 g96 i56x56 f7x7 p3"), 19);
  EXPECT_EQ(rows("fwd bf16 nhwc n32 c192 k192 g192 i28x28 f7x7 p3"), 14);
  EXPECT_LE(rows("fwd bf16 nhwc n1 c96 k96 g96 i56x56 f7x7 p3"), 4);
}

}  // namespace
}  // namespace faltung
