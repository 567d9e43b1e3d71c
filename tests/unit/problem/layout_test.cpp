#include <gtest/gtest.h>

#include "faltung/problem.h"

namespace faltung {
namespace {

TEST(Layout, OfADenseOperandIsItsFormat) {
  const DenseLayout first = layout_of(parse_problem("f32 nchw n2 c4 k6 i5x5 f3x3"), Role::x);
  EXPECT_TRUE(first.is(MemoryFormat::contiguous));
  EXPECT_FALSE(first.is(MemoryFormat::channels_last));
  const DenseLayout last = layout_of(parse_problem("f32 nhwc n2 c4 k6 i5x5 f3x3"), Role::w);
  EXPECT_FALSE(last.contiguous);
  EXPECT_EQ(last.nearest(), MemoryFormat::channels_last);
}

TEST(Layout, OfOneTapOrOneChannelIsBothFormats) {
  const DenseLayout either = layout_of(parse_problem("f32 nhwc n2 c4 k6 i5x5 f1x1"), Role::w);
  EXPECT_TRUE(either.contiguous && either.channels_last);
  EXPECT_EQ(either.nearest(), MemoryFormat::contiguous);
}

TEST(Layout, OfStridedMemoryIsNeitherFormat) {
  const DenseLayout layout = layout_of(parse_problem("f32 [200,0,20,2]:ncw:ncw n2 c3 k4 i8 f3"), Role::x);
  EXPECT_FALSE(layout.contiguous || layout.channels_last);
  EXPECT_EQ(layout.nearest(), MemoryFormat::contiguous);
}

TEST(Layout, OfAProblemIsWhatItsOperandsAgreeOn) {
  const ConvProblem mixed = parse_problem("f32 nhwc:nchw:nhwc n2 c4 k6 i5x5 f3x3");
  EXPECT_TRUE(layout_of(mixed, {Role::x, Role::y}).channels_last);
  EXPECT_FALSE(layout_of(mixed).channels_last || layout_of(mixed).contiguous);
  EXPECT_TRUE(layout_of(parse_problem("f32 nhwc n2 c4 k6 i5x5 f1x1")).channels_last);
}

std::string after(const char* text, const ProblemChanges& changes) {
  return print(changed(parse_problem(text), changes));
}

TEST(Changed, WithoutAChangeIsTheSameProblem) {
  const char* text = "dgrad bf16 nhwc n2 c4 k6 g2 i5x5 f3x3 o3x3 s1 d1 p0 bias relu";
  EXPECT_EQ(after(text, {}), text);
  EXPECT_EQ(after(text, {.pass = Pass::DataGrad, .batch = 2, .dtype = DType::bf16}), text);
}

TEST(Changed, AnotherPassDropsWhatFollowedTheResult) {
  EXPECT_EQ(after("fwd f32 nchw n1 c4 k6 g1 i5x5 f3x3 bias add relu accumulate notf32", {.pass = Pass::WeightGrad}),
            "wgrad f32 nchw n1 c4 k6 g1 i5x5 f3x3 o3x3 s1 d1 p0 notf32");
}

TEST(Changed, AnotherBatchKeepsEachOperandsFormat) {
  EXPECT_EQ(after("fwd f32 nhwc:nchw:nchw n1 c4 k6 i5x5 f3x3", {.batch = 32}),
            "fwd f32 nhwc:nchw:nchw n32 c4 k6 g1 i5x5 f3x3 o3x3 s1 d1 p0");
  EXPECT_EQ(after("fwd f32 [200,0,20,2]:ncw:ncw n2 c3 k4 i8 f3", {.batch = 4}),
            "fwd f32 ncw n4 c3 k4 g1 i8 f3 o6 s1 d1 p0");
}

TEST(Changed, AnotherTypeIsAlignedToItsElements) {
  EXPECT_EQ(after("fwd bf16 ncw n2 c3 k4 i8 f3 align:2:2:16", {.dtype = DType::f64}),
            "fwd f64 ncw n2 c3 k4 g1 i8 f3 o6 s1 d1 p0 align:8:8:16");
}

TEST(Changed, AnotherFormatIsThatOfEveryOperand) {
  EXPECT_EQ(after("fwd f32 [200,0,20,2]:ncw:nwc n2 c3 k4 i8 f3", {.format = MemoryFormat::channels_last}),
            "fwd f32 nwc n2 c3 k4 g1 i8 f3 o6 s1 d1 p0");
}

TEST(Changed, WhatMeansNothingIsRefused) {
  EXPECT_THROW(after("fwd f32 ncw i8 f3 silu", {.dtype = DType::i8}), Error);
  EXPECT_THROW(after("fwd f32 ncw i8 f3", {.batch = -1}), Error);
}

}  // namespace
}  // namespace faltung
