// Planning takes as long for axes of 2^40 positions as for short ones.
#include <gtest/gtest.h>

#include <ctime>

#include "faltung/compile.h"

namespace faltung {
namespace {

double cpu_seconds_to_plan(const char* problem) {
  const std::clock_t begin = std::clock();
  Context context;
  explain(parse_problem(problem), {.threads = 2}, context);
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Milliseconds; loops over the extents took seconds, or did not end.
class PlanningTime : public testing::TestWithParam<const char*> {};

TEST_P(PlanningTime, DoesNotDependOnExtents) { EXPECT_LT(cpu_seconds_to_plan(GetParam()), 0.5); }

INSTANTIATE_TEST_SUITE_P(Cases, PlanningTime,
                         testing::Values("fwd f32 nchw i1099511627776x1 f1x1", "fwd f32 ncw i18 f1 p1099511627776",
                                         "fwd f32 nchw n1099511627776 c64 k64 i8x8 f3x3",
                                         "fwd f32 ncw c1099511627776 k1 i1 f1",
                                         "dgrad f32 ncw i1099511627776 f1099511627776 o1",
                                         "dgrad f32 ncw i1099511627777 f549755813889 s549755813888 d2 o3",
                                         "dgrad f32 ndhwc i262144x262144x262144 f3x3x3 s262143 o2x2x2",
                                         "wgrad f32 ncw i1099511627776 f3", "wgrad f32 ncw i1099511627776 f1 k9 c9",
                                         "fwd f32 ncw i4294967296 f65536 s65537 o1",
                                         "wgrad f32 ncw n1099511627776 g4096 c4096 k4096 i1 f1"));

}  // namespace
}  // namespace faltung
