// Buffers of composites are as large as problems are: more than memory, and more than numbers hold.
#include <gtest/gtest.h>

#include "faltung/compile.h"

namespace faltung {
namespace {

TEST(CompositePlan, ABufferThatNoNumberCountsIsARefusalAndNoWrapAround) {
  // x and y repeat one element; dense copies of both have 2^63 bytes each, which together wrapped around to none.
  const ConvProblem problem =
      canonical(parse_problem("wgrad f32 [0,0,0,0,0]:nchw:[0,0,0,0,0] n2305843009213693951 i1x1 f1x1"));
  const Selection selection = explain(problem, {.only = "rewrite.relayout"});
  EXPECT_FALSE(selection.winner);
  EXPECT_NE(print(selection).find("more bytes than 64 bits count"), std::string::npos) << print(selection);
}

}  // namespace
}  // namespace faltung
