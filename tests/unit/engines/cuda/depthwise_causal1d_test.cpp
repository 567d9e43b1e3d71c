// Tiling of cuda.depthwise's short causal convolution, tested on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/any/causal1d.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;

Causal1d causal(const std::string& text, int sm_count = 132) {
  DeviceInfo gpu;
  gpu.sm_count = sm_count;
  const ConvProblem problem = parse_problem(text);
  return offer_any_causal1d(case_of(problem), gpu).value().as<Causal1d>();
}

// Threads times positions cover every element, in each layout.
TEST(CudaCausal1d, CoversEveryElement) {
  for (const char* layout : {"ncw", "nwc"})
    for (const char* type : {"f32", "f64", "bf16"})
      for (const char* size : {"n1 c3 k3 g3 i1", "n2 c16 k16 g16 i203", "n8 c2048 k2048 g2048 i2048"}) {
        const auto s = causal(std::string("fwd ") + type + " " + layout + " " + size + " f4 p3:0");
        const std::int64_t batch = size[1] - '0';
        const std::int64_t each = std::int64_t{s.elements} * s.steps;
        EXPECT_GE(s.threads * each, batch * s.channels * s.width) << layout << " " << type << " " << size;
      }
}

TEST(CudaCausal1d, ThreadsWalkFarOnlyWhereThereAreManyOfThem) {
  const auto few = causal("fwd bf16 nwc n1 c64 k64 g64 i4096 f4 p3:0");
  const auto many = causal("fwd bf16 nwc n64 c2048 k2048 g2048 i4096 f4 p3:0");
  EXPECT_LT(few.steps, many.steps);
  const auto text = "fwd bf16 nwc n8 c512 k512 g512 i2048 f4 p3:0";
  EXPECT_LT(causal(text, 132).steps, causal(text, 20).steps);
}

TEST(CudaCausal1d, FiltersAreReadAsWordsIfTheyLieBehindEachOther) {
  EXPECT_TRUE(causal("fwd bf16 nwc n1 c64 k64 g64 i64 f3 p2:0").whole_filters);
  EXPECT_FALSE(causal("fwd bf16 nwc n1 c63 k63 g63 i64 f3 p2:0").whole_filters);
}

TEST(CudaCausal1d, IsChosenForCausalFiltersInDenseLayouts) {
  for (const char* text :
       {"fwd bf16 nwc n8 c2048 k2048 g2048 i2048 f4 p3:0 silu", "dgrad f32 ncw n1 c16 k16 g16 i203 f3 p2:0",
        "fwd f16 nwc n8 c2048 k2048 g2048 i65537 f4 p3:0 bias"})
    EXPECT_EQ(test::chosen(text, 90).kernel, "any/causal1d") << text;
  for (const char* text : {"fwd bf16 nwc n8 c256 k256 g256 i2048 f4 p2:1", "fwd f32 ncw n1 c16 k16 g16 i203 f5 p4:0",
                           "wgrad f32 ncw n1 c16 k16 g16 i203 f4 p3:0", "fwd f32 ncw n1 c16 k32 g16 i203 f4 p3:0",
                           "fwd f32 nwc n1 c16 k16 g16 i203 f4 p3:0 relu6"})
    EXPECT_NE(test::chosen(text, 90).kernel, "any/causal1d") << text;
}

// Only this kernel has indices for so many elements.
TEST(CudaCausal1d, IsTheOnlyOfferForMoreThan2To30Elements) {
  const ConvProblem problem = parse_problem("fwd f16 nwc n8 c2048 k2048 g2048 i65537 f4 p3:0 bias");
  EXPECT_EQ(options_of(problem, test::gpu_with(90)).size(), 1u);
  const ConvProblem more = parse_problem("fwd f16 nwc n8 c2048 k2048 g2048 i65537 f5 p4:0 bias");
  EXPECT_TRUE(options_of(more, test::gpu_with(90)).empty());
}

}  // namespace
}  // namespace faltung
