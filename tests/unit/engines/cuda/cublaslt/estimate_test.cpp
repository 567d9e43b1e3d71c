// What the estimates of cuda.cublaslt say of devices and of shapes.
#include "engines/cuda/cublaslt/estimate.h"

#include <gtest/gtest.h>

namespace faltung::cuda_cublaslt {
namespace {

DeviceInfo device_with(int multiprocessors) {
  DeviceInfo info;
  info.sm_count = multiprocessors;
  info.bytes_per_second = 3e12;
  info.vector.f32 = 5e11 * multiprocessors, info.vector.f64 = 2.5e11 * multiprocessors;
  info.matrix.bf16 = 7.5e12 * multiprocessors, info.matrix.f32 = 3.7e12 * multiprocessors;
  info.matrix.f64 = 5e11 * multiprocessors;
  return info;
}

double seconds_on(int multiprocessors, const char* text) {
  const ConvProblem problem = canonical(parse_problem(text));
  return seconds_of(problem, matmul_of(problem), device_with(multiprocessors));
}
double seconds(const char* text) { return seconds_on(132, text); }

TEST(CublasltEstimate, FollowsTheDevicesFigures) {
  constexpr const char* large = "fwd bf16 nhwc n32 c2048 k2048 i64x64 f1x1";
  EXPECT_NEAR(seconds_on(66, large) / seconds_on(132, large), 2, 0.1);
  EXPECT_GT(seconds(large), 2 * 32 * 64 * 64 * 2048.0 * 2048.0 / device_with(132).matrix.bf16);
  constexpr const char* thin = "fwd bf16 nhwc n32 c64 k64 i128x128 f1x1";
  EXPECT_NEAR(seconds(thin), 2 * 2 * 32 * 128 * 128 * 64.0 / 3e12, 2e-5) << "as long as its bytes take";
}

TEST(CublasltEstimate, KnowsWhichUnitsMayMultiply) {
  EXPECT_GT(seconds("fwd f32 nhwc n8 c1024 k1024 i64x64 f1x1 notf32"),
            3 * seconds("fwd f32 nhwc n8 c1024 k1024 i64x64 f1x1"));
  EXPECT_GT(seconds("fwd f64 nhwc n8 c1024 k1024 i64x64 f1x1"),
            seconds("fwd f32 nhwc n8 c1024 k1024 i64x64 f1x1 notf32"));
}

// 4 tiles of 128 × 128, but a sum of 2^20 products each: every multiprocessor has a part of it.
TEST(CublasltEstimate, LongSumsAreSplit) {
  const double seconds_of_sum = seconds("wgrad bf16 nhwc n64 c256 k256 i128x128 f1x1");
  EXPECT_LT(seconds_of_sum, 2 * 1048576.0 * 256 * 256 * 2 / device_with(132).matrix.bf16 * 2 + 1e-3);
  EXPECT_LT(seconds_of_sum, 6e-4);
}

TEST(CublasltEstimate, ColumnsThatAreNotAlignedAreSlow) {
  EXPECT_GT(seconds("fwd bf16 nhwc n32 c2047 k2048 i64x64 f1x1"),
            2 * seconds("fwd bf16 nhwc n32 c2048 k2048 i64x64 f1x1"));
  EXPECT_GT(seconds("fwd bf16 nhwc n32 c2048 k2048 i64x64 f1x1 align:2:2:2"),
            2 * seconds("fwd bf16 nhwc n32 c2048 k2048 i64x64 f1x1"));
  EXPECT_LT(seconds("fwd f32 nhwc n8 c1023 k1024 i64x64 f1x1 notf32"),
            1.1 * seconds("fwd f32 nhwc n8 c1024 k1024 i64x64 f1x1 notf32"));
}

TEST(CublasltEstimate, NarrowGroupsWasteWhatTheyAreRead) {
  const double dense = seconds("fwd bf16 nhwc n32 c64 k64 i64x64 f1x1");
  EXPECT_GT(seconds("fwd bf16 nhwc n32 c64 k64 g64 i64x64 f1x1"), 5 * dense);
  EXPECT_GT(seconds("fwd bf16 nhwc n32 c64 k64 g16 i64x64 f1x1"), 2 * dense);
}

}  // namespace
}  // namespace faltung::cuda_cublaslt
