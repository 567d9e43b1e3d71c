// Buffers of composites can be larger than the operands: more than memory, and more than numbers hold.
#include <gtest/gtest.h>

#include "faltung/compile.h"

namespace faltung {
namespace {

void expect_too_large(const char* problem, const char* engine) {
  const Selection selection = explain(parse_problem(problem), {.only = engine});
  EXPECT_FALSE(selection.winner);
  EXPECT_NE(print(selection).find("more bytes than 64 bits count"), std::string::npos) << print(selection);
}

TEST(CompositePlan, RefusesABufferThatNoNumberCounts) {
  expect_too_large("dgrad f64 nchw i1x1 f1x1 o2x2 s1073741824", "rewrite.as_forward");
}

TEST(CompositePlan, RefusesBuffersWhoseSumNoNumberCounts) {
  // x and y repeat one element; wide copies of them have 2^62 bytes each.
  expect_too_large("wgrad i8 [0,0,0,0,0]:nchw:[0,0,0,0,0] n576460752303423488 i1x1 f1x1 acc:i64", "rewrite.cast");
}

// Beside composites: two channels fill a whole panel of lanes.
TEST(CpuGemm, RefusesPackedWeightsThatNoNumberCounts) {
  expect_too_large("fwd i8 [0,0,0,0]:[0,0,0,0]:ncw c576460752303423488 k2 i1 f1", "cpu.gemm");
}

}  // namespace
}  // namespace faltung
