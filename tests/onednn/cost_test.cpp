// What estimates of cpu.onednn say; needs no library.
#include "engines/cpu/onednn/cost.h"

#include <gtest/gtest.h>

namespace faltung::cpu_onednn {
namespace {

DeviceInfo device(int threads) {
  constexpr double one = 100e9;
  return {.features = {"avx512f"},
          .hertz = 4e9,
          .vector = {.f32 = one * threads, .bf16 = 2 * one * threads},
          .threads = threads,
          .vector_bytes = 64};
}

double seconds(const std::string& text, Formats formats = Formats::plain, int threads = 1) {
  return cost_of(canonical(parse_problem(text)), formats, device(threads)).seconds;
}

TEST(OnednnCost, ChannelsLastAreFasterThanFirst) {
  for (const char* pass : {"fwd", "dgrad"})
    EXPECT_LT(seconds(std::string(pass) + " f32 nhwc n1 c64 k64 i56x56 f3x3 p1"),
              seconds(std::string(pass) + " f32 nchw n1 c64 k64 i56x56 f3x3 p1"));
}

TEST(OnednnCost, DepthwiseWithChannelsFirstIsReordered) {
  const char* const depthwise = "fwd f32 nchw n1 c144 k144 g144 i56x56 f3x3 p1";
  EXPECT_LT(seconds(depthwise, Formats::chosen), seconds(depthwise));
}

TEST(OnednnCost, ConstantWeightsSaveTheirReorder) {
  EXPECT_LT(seconds("fwd f32 nhwc n1 c512 k512 i7x7 f3x3 p1 constw"),
            seconds("fwd f32 nhwc n1 c512 k512 i7x7 f3x3 p1"));
}

TEST(OnednnCost, LanesThatChannelsLeaveEmptyCostTime) {
  const double full = seconds("fwd f32 nhwc n1 c64 k32 i56x56 f3x3 p1 constw"),
               half_empty = seconds("fwd f32 nhwc n1 c64 k17 i56x56 f3x3 p1 constw");
  EXPECT_NEAR(half_empty / full, 1, 0.1);
}

TEST(OnednnCost, WideDepthwiseWeightGradientsGoByChannel) {
  const std::string problem = "wgrad f32 nhwc n1 c64 k64 g64 i28x28 ";
  for (const char* wide : {"f3x5 p1", "f5x5 p2", "f3x3 p2", "f3x3 p2 d2"})
    EXPECT_GT(seconds(problem + wide), 3 * seconds(problem + "f3x3 p1")) << wide;
  EXPECT_LT(seconds(problem + "f5x3 p1"), 2 * seconds(problem + "f3x3 p1"));
}

TEST(OnednnCost, LittleWorkIsForOneThread) {
  EXPECT_EQ(cost_of(canonical(parse_problem("fwd f32 nhwc n1 c8 k8 i8x8 f1x1")), Formats::plain, device(4)).threads, 1);
  const std::string large = "fwd f32 nhwc n8 c64 k64 i56x56 f3x3 p1";
  EXPECT_EQ(cost_of(canonical(parse_problem(large)), Formats::plain, device(4)).threads, 4);
  EXPECT_LT(3.5 * seconds(large, Formats::plain, 4), seconds(large));
}

}  // namespace
}  // namespace faltung::cpu_onednn
