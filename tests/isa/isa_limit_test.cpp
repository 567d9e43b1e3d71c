// The limit of this process: kernels, estimates and results under it.
#include "base/isa_limit.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cstdlib>
#include <string>

#include "faltung/faltung.h"
#include "faltung/info.h"
#include "faltung/verify.h"
#include "kernels/gemm/micro_kernel.h"

namespace faltung {
namespace {

const std::string limit = std::getenv("FALTUNG_MAX_ISA") ? std::getenv("FALTUNG_MAX_ISA") : "";
const std::int64_t supported = hwy::SupportedTargets();  // before it is limited

int widest_vector() {
  if (limit == "baseline" || limit == "sse4" || !(supported & HWY_AVX2)) return 16;
  return limit == "avx2" || !(supported & HWY_AVX3) ? 32 : 64;
}

std::string widest_isa() {
  if (widest_vector() > 16) return widest_vector() == 64 ? "avx512" : "avx2";
  return limit == "baseline" || !(supported & HWY_SSE4) ? "baseline" : "sse4";
}

class Isa : public testing::Test {
 protected:
  void SetUp() override {
#if !HWY_ARCH_X86
    GTEST_SKIP() << "there is one instruction set";
#endif
  }
};

class KnownIsa : public Isa {
 protected:
  void SetUp() override {
    Isa::SetUp();
    if (limit == "avx1024") GTEST_SKIP() << "FALTUNG_MAX_ISA names no instruction set";
  }
};

TEST_F(Isa, OfAnUnknownNameIsRefusedWithThoseThatThereAre) {
  if (limit != "avx1024") GTEST_SKIP() << "FALTUNG_MAX_ISA is unset or names an instruction set";
  try {
    const Context context;
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_STREQ(error.what(),
                 "FALTUNG_MAX_ISA=avx1024: there is no such instruction set; there are: baseline sse4 avx2 avx512");
  }
}

TEST_F(KnownIsa, IsThatOfTheKernelsAndTheReport) {
  const DeviceReport cpu = info().devices.at(0);
  EXPECT_EQ(cpu.max_isa, limit);
  EXPECT_EQ(cpu.vector_bytes, widest_vector());
  const bool scalar = limit == "baseline" && HWY_STATIC_TARGET == HWY_SCALAR;  // with g++; clang++ has 16 bytes
  EXPECT_EQ(gemm::micro_kernels<float>().vector_lanes, scalar ? 1 : widest_vector() / 4);
  EXPECT_EQ(cpu.isa, widest_isa());
  for (const std::string& feature : cpu.features) EXPECT_TRUE(isa_limit().allows(feature)) << feature;
}

TEST_F(KnownIsa, ResultsAreRight) {
  for (const char* text : {"fwd f32 nchw n2 c5 k7 i9x11 f3x3 p1", "dgrad bf16 nhwc n2 c5 k7 i9x11 f3x3 s2",
                           "wgrad f64 nchw n2 c5 k7 i9x11 f3x3 p1"}) {
    const Comparison comparison = verify(parse_problem(text), {.only = "cpu.gemm"});
    EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
  }
}

TEST_F(KnownIsa, ResultsOfFewChannelsAreRight) {
  for (const char* text :
       {"fwd f16 nhwc n2 c41 k41 g41 i9x19 f3x3 p1", "dgrad bf16 nhwc n2 c41 k41 g41 i9x19 f5x5 p2 s2",
        "wgrad f16 nhwc n2 c41 k41 g41 i9x19 f3x3 p1", "wgrad f64 nhwc c9 k9 g9 i9x19 f7x7 p3",
        "fwd f32 nchw n2 c5 k5 g5 i9x19 f3x3 p1", "wgrad bf16 nchw n2 c2 k7 i9x19 f3x3 p1",
        "fwd f32 nhwc n2 c20 k20 g5 i9x19 f3x3 p1", "wgrad bf16 nhwc n2 c22 k22 g11 i9x19 f3x3 p1",
        "fwd f32 nhwc n2 c24 k24 g3 i9x19 f3x3 p1", "wgrad bf16 nhwc n2 c40 k40 g5 i9x19 f3x3 p1",
        "dgrad f32 nhwc n2 c24 k24 g3 i9x19 f5x3 s2 p1", "wgrad f32 nchw n2 c21 k21 g3 i9x19 f3x3 p1",
        "dgrad f32 nchw n2 c5 k5 g5 i14x14 f5x5 s2 p2", "wgrad f32 nchw n2 c16 k16 g16 i15x17 f5x5 p2"}) {
    const Comparison comparison = verify(parse_problem(text), {.only = "cpu.window"});
    EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
  }
}

TEST_F(KnownIsa, ResultsOfTransformsAreRight) {
  for (const char* text :
       {"fwd f32 nhwc n2 c19 k37 i9x19 f3x3 p1", "fwd bf16 nchw n2 c19 k37 i9x19 f3x3 d2 p1",
        "dgrad f64 nchw n2 c19 k37 i9x19 f3x3 p1", "dgrad f16 ndhwc c19 k7 i5x6x9 f3x1x3 p1x0x1",
        "wgrad f32 nhwc n2 c19 k37 i9x19 f3x3 p1", "wgrad f64 nchw c37 k19 i9x19 f3x3 d2 p1",
        "fwd f32 nchw n2 c19 k37 i13x19 f3x3 p1 largetiles", "dgrad f64 nhwc n2 c19 k37 i13x19 f3x3 p1 largetiles"})
    for (const VerifiedVariant& found : verify_variants(parse_problem(text), {.only = "cpu.winograd"}))
      EXPECT_TRUE(found.comparison.passed()) << text << ", " << found.name << ": " << print(found.comparison);
}

TEST_F(KnownIsa, ResultsOfFourierTransformsAreRight) {
  for (const char* text : {"fwd f32 nchw n2 c7 k5 i30x21 f7x7 p3", "dgrad f64 nhwc n1 c3 k4 i20x23 f5x9 p2x4",
                           "wgrad f32 ncw n2 c2 k3 i300 f60 p20", "fwd bf16 nchw n1 c5 k5 g5 i40x40 f15x15 p7",
                           "wgrad f64 ncdhw c2 k3 i9x10x11 f3x4x5 p1", "dgrad f32 ncdhw c2 k3 i9x10x11 f5x3x3 p2"})
    for (const VerifiedVariant& found : verify_variants(parse_problem(text), {.only = "cpu.fft"}))
      EXPECT_TRUE(found.comparison.passed()) << text << ", " << found.name << ": " << print(found.comparison);
}

}  // namespace
}  // namespace faltung
