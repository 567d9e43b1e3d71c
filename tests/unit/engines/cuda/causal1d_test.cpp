// Tiling of cuda.causal1d, tested on the CPU.
#include <gtest/gtest.h>

#include "engines/cuda/causal1d/shape.h"

namespace faltung {
namespace {

cuda_causal1d::Shape shape_of(const ConvProblem& problem, int sm_count = 132) {
  DeviceInfo gpu;
  gpu.sm_count = sm_count;
  return cuda_causal1d::shape_of(problem, gpu);
}

// Threads times positions cover every element, in each layout.
TEST(CudaCausal1d, CoversEveryElement) {
  for (const char* layout : {"ncw", "nwc"})
    for (const char* type : {"f32", "f64", "bf16"})
      for (const char* size : {"n1 c3 k3 g3 i1", "n2 c16 k16 g16 i203", "n8 c2048 k2048 g2048 i2048"}) {
        const auto s = shape_of(parse_problem(std::string("fwd ") + type + " " + layout + " " + size + " f4 p3:0"));
        const std::int64_t batch = size[1] - '0';
        const std::int64_t each = std::int64_t{s.elements} * s.steps;
        EXPECT_GE(s.threads * each, batch * s.channels * s.width) << layout << " " << type << " " << size;
      }
}

TEST(CudaCausal1d, ThreadsWalkFarOnlyWhereThereAreManyOfThem) {
  const auto few = shape_of(parse_problem("fwd bf16 nwc n1 c64 k64 g64 i4096 f4 p3:0"));
  const auto many = shape_of(parse_problem("fwd bf16 nwc n64 c2048 k2048 g2048 i4096 f4 p3:0"));
  EXPECT_LT(few.steps, many.steps);
  const auto text = "fwd bf16 nwc n8 c512 k512 g512 i2048 f4 p3:0";
  EXPECT_LT(shape_of(parse_problem(text), 132).steps, shape_of(parse_problem(text), 20).steps);
}

TEST(CudaCausal1d, FiltersAreReadAsWordsIfTheyLieBehindEachOther) {
  EXPECT_TRUE(shape_of(parse_problem("fwd bf16 nwc n1 c64 k64 g64 i64 f3 p2:0")).whole_filters);
  EXPECT_FALSE(shape_of(parse_problem("fwd bf16 nwc n1 c63 k63 g63 i64 f3 p2:0")).whole_filters);
}

}  // namespace
}  // namespace faltung
