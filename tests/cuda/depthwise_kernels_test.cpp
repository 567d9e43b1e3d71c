// Every kernel of cuda.depthwise, each as the variant that it is, also where another one is chosen: small ones of
// kernels for large problems, and large ones of kernels for small problems.
#include <algorithm>

#include "cuda/gpu.h"
#include "faltung/verify.h"

namespace faltung {
namespace {

class DepthwiseKernelsOnGpu : public test::Gpu, public testing::WithParamInterface<const char*> {};

TEST_P(DepthwiseKernelsOnGpu, GiveWhatTheDefinitionGives) {
  const std::vector<VerifiedVariant> all =
      verify_variants(parse_problem(GetParam()), {.only = "cuda.depthwise"}, context());
  EXPECT_GE(all.size(), 2u);
  for (const VerifiedVariant& variant : all)
    EXPECT_TRUE(variant.comparison.passed()) << variant.name << " " << print(variant.comparison);
}

INSTANTIATE_TEST_SUITE_P(
    Problems, DepthwiseKernelsOnGpu,
    testing::Values("fwd bf16 nhwc n1 c32 k32 g32 i5x5 f3x3 p1", "fwd f16 nhwc n3 c96 k96 g96 i61x57 f3x3 p1 bias relu",
                    "dgrad bf16 nhwc n40 c32 k32 g32 i64x70 f3x3 p0",
                    "fwd bf16 nhwc n2 c144 k144 g144 i9x300 f3x3 p2:0", "fwd bf16 nhwc n1 c8 k8 g8 i7x7 f7x7 p3",
                    "dgrad f16 nhwc n3 c24 k24 g24 i30x9 f5x5 p2", "fwd bf16 nhwc n17 c40 k40 g40 i14x150 f7x7 p3",
                    "fwd f16 nhwc n2 c32 k32 g32 i56x56 f5x5 p4 bias", "fwd f32 nchw n1 c40 k40 g40 i14x14 f7x7 p3",
                    "dgrad f16 nchw n2 c24 k24 g24 i28x28 f5x5 p2", "fwd bf16 nchw n9 c40 k40 g40 i21x7 f5x5 p2 silu",
                    "fwd f32 nchw n3 c8 k8 g8 i40x44 f9x9 p4", "dgrad f32 nhwc n3 c36 k36 g36 i13x17 f3x3 s2 p1",
                    "dgrad bf16 nhwc n3 c36 k36 g36 i13x17 f7x7 s2 p3",
                    "dgrad f32 nchw n3 c36 k36 g36 i13x17 f5x5 s2 p2", "wgrad bf16 nhwc n6 c96 k96 g96 i14x14 f7x7 p3",
                    "wgrad f32 nchw n6 c96 k96 g96 i14x14 f7x7 s2 p3", "fwd bf16 nwc n2 c64 k64 g64 i203 f4 p3:0 silu",
                    "dgrad f32 ncw n2 c64 k64 g64 i204 f3 p2:0"));

}  // namespace
}  // namespace faltung
