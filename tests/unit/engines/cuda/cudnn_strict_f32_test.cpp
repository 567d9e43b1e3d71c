// The cuDNN kernel that is expected to be fastest for strict f32.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engines/cuda/cudnn/choose/config_name.h"
#include "engines/cuda/cudnn/choose/strict_f32.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr const char* layer = "n32 c64 k128 i56x56 f3x3 p1 notf32";

std::vector<std::string_view> configs(const std::string& problem, int major = 9, int minor = 0) {
  return strict_configs(canonical(parse_problem(problem)), {.major = major, .minor = minor, .multiprocessors = 132});
}

TEST(CudnnStrictF32, NothingIsExpectedOfWhatWasNotMeasured) {
  EXPECT_FALSE(configs(std::string("fwd f32 nchw ") + layer).empty());
  EXPECT_TRUE(configs(std::string("fwd f32 nchw ") + layer, 8, 0).empty());
  EXPECT_TRUE(configs(std::string("fwd f64 nchw ") + layer).empty());
  EXPECT_TRUE(configs("fwd f32 nchw n32 c64 k128 i56x56 f3x3 p1").empty()) << "may use TF32";
  EXPECT_TRUE(configs("fwd f32 nchw n32 c64 k128 g2 i56x56 f3x3 p1 notf32").empty());
  EXPECT_TRUE(configs(std::string("dgrad f32 nchw ") + layer + " bias").empty());
  EXPECT_TRUE(configs(std::string("fwd f32 nchw ") + layer + " bias silu").empty());
  EXPECT_TRUE(configs(std::string("fwd f32 nchw ") + layer + " relu").empty()) << "fused with a bias only";
  EXPECT_TRUE(configs(std::string("fwd f32 nchw ") + layer + " bias add").empty());
}

TEST(CudnnStrictF32, EveryNameIsOneOnceInEveryPass) {
  for (const char* pass : {"fwd", "dgrad", "wgrad"}) {
    auto names = configs(std::string(pass) + " f32 nhwc " + layer);
    ASSERT_FALSE(names.empty()) << pass;
    for (std::string_view name : names) {
      ASSERT_TRUE(parse_config_name(name)) << name;
      EXPECT_EQ(config_name(*parse_config_name(name)), name);
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << pass;
  }
}

// Kernels that measured fastest, by a factor of at least 1.4.
TEST(CudnnStrictF32, TheFastestComesFirst) {
  EXPECT_EQ(configs("fwd f32 nchw n32 c128 k128 i112x112 f3x3 p1 notf32").front(), "e70:k2=4,k18=0");
  EXPECT_EQ(configs("fwd f32 nchw n32 c256 k512 i8x8 f4x4 s2 p1 notf32").front(), "e70:k2=12,k18=0");
  EXPECT_EQ(configs("dgrad f32 nchw n32 c256 k256 i56x56 f3x3 p1 notf32").front(), "e50");
  EXPECT_EQ(configs("dgrad f32 nchw n32 c256 k512 i64x64 f2x2 s2 notf32").front(), "e25:k2=2,k3=0");
  EXPECT_EQ(configs("wgrad f32 nchw n32 c256 k256 i14x14 f3x3 p1 notf32").front(), "e17:k25=0");
}

TEST(CudnnStrictF32, BiasAndReluHaveKernelsOfTheirOwn) {
  EXPECT_EQ(configs("fwd f32 nchw n32 c128 k128 i112x112 f3x3 p1 bias relu notf32").front(), "e44:k2=4,k18=0");
  EXPECT_EQ(configs("fwd f32 nchw n32 c256 k512 i8x8 f4x4 s2 p1 bias notf32").front(), "e44:k2=12,k18=0");
}

TEST(CudnnStrictF32, WinogradIsForPlainFiltersOfThreeByThree) {
  const auto has_winograd = [](const char* problem) {
    const auto names = configs(problem);
    return std::find(names.begin(), names.end(), "e50") != names.end();
  };
  EXPECT_TRUE(has_winograd("dgrad f32 nchw n32 c64 k64 i56x56 f3x3 p1 notf32"));
  EXPECT_FALSE(has_winograd("dgrad f32 nchw n32 c64 k64 i56x56 f3x3 s2 p1 notf32"));
  EXPECT_FALSE(has_winograd("dgrad f32 nchw n32 c64 k64 i56x56 f3x3 d2 p2 notf32"));
  EXPECT_FALSE(has_winograd("dgrad f32 nchw n32 c64 k64 i56x56 f3x1 p1:0x0 notf32"));
  EXPECT_FALSE(has_winograd("dgrad f32 ncdhw n2 c64 k64 i8x56x56 f3x3x3 p1 notf32"));
  EXPECT_FALSE(has_winograd("dgrad f32 nchw n32 c3 k64 i56x56 f3x3 p1 notf32"));
}

}  // namespace
}  // namespace faltung::cuda_cudnn
