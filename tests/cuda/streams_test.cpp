// One plan of every engine on several streams at once.
#include "cuda/gpu.h"
#include "faltung/verify.h"

namespace faltung {
namespace {

using OnStreams = test::Gpu;

TEST_F(OnStreams, EveryEngineRunsOnePlanAtOnce) {
  for (const char* text : {"fwd f32 nchw n2 c16 k16 i20x20 f3x3 p1", "fwd f16 nhwc n2 c32 k32 i28x28 f3x3 p1 bias relu",
                           "dgrad f32 nhwc n2 c32 k32 i28x28 f3x3 p1 s2", "wgrad bf16 nchw n4 c16 k16 i14x14 f3x3 p1",
                           "fwd bf16 nhwc n2 c64 k64 g64 i28x28 f3x3 p1", "fwd f32 ncw n2 c64 k64 g64 i256 f4 o256 p3",
                           "fwd cf32 nchw n1 c4 k4 i9x9 f3x3", "fwd f32 nchw n2 c8 k8 i9x9 f3x3 p1 accumulate"})
    for (const CompiledConv& conv : compile_on_every_engine(canonical(parse_problem(text)))) {
      const Comparison comparison = verify_on_streams(conv, 4);
      EXPECT_TRUE(comparison.passed()) << conv.engine() << " " << text << ": " << print(comparison);
    }
}

}  // namespace
}  // namespace faltung
