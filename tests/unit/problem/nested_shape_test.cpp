#include "problem/nested_shape.h"

#include <gtest/gtest.h>

#include "problem/geometry.h"

namespace faltung {
namespace {

ConvProblem problem(const std::string& text) { return canonical(parse_problem(text)); }

Dims strides(const char* text, Role role) {
  const ConvProblem p = problem(text);
  return shape_in_order(p, role, order_of(p).value()).value().strides;
}

TEST(NestedShape, DenseTensorsHaveTheStridesOfTheirFormatWhereverAnExtentIsOne) {
  EXPECT_EQ(strides("fwd f32 nchw n2 c6 k4 g2 i5x7 f3x3", Role::x), (Dims{210, 35, 7, 1}));
  EXPECT_EQ(strides("fwd f32 nchw n2 c6 k4 g2 i5x7 f3x3", Role::w), (Dims{27, 9, 3, 1}));
  EXPECT_EQ(strides("fwd f32 nhwc n2 c6 k4 g2 i5x7 f3x3", Role::x), (Dims{210, 1, 42, 6}));
  EXPECT_EQ(strides("fwd f32 nhwc n2 c6 k4 g2 i5x7 f3x3", Role::w), (Dims{27, 1, 9, 3}));
  EXPECT_EQ(strides("fwd f32 nhwc n1 c8 k4 i1x7 f1x3", Role::x), (Dims{56, 1, 56, 8}));
  EXPECT_EQ(strides("fwd f32 nchw n2 c1 k4 i5x7 f3x3", Role::x), (Dims{35, 35, 7, 1}));
  EXPECT_EQ(strides("fwd f32 nwc n2 c6 k4 i9 f3", Role::x), (Dims{54, 1, 54, 6}));
  EXPECT_EQ(strides("fwd f32 ncw n2 c6 k4 i9 f3", Role::x), (Dims{54, 9, 9, 1}));
  EXPECT_EQ(strides("fwd f32 ndhwc n2 c3 k4 i4x5x6 f3x3x3", Role::x), (Dims{360, 1, 90, 18, 3}));
}

TEST(NestedShape, SlicesOfLargerTensorsAreTold) {
  // 6 of 8 channels; 5x7 of 6x9 pixels.
  EXPECT_EQ(strides("fwd f32 [432,0,54,9,1]:nchw:nchw n2 c6 k4 i5x7 f3x3", Role::x), (Dims{432, 54, 9, 1}));
  EXPECT_EQ(strides("fwd f32 [432,0,1,72,8]:nhwc:nhwc n2 c6 k4 i5x7 f3x3", Role::x), (Dims{432, 1, 72, 8}));
  EXPECT_EQ(strides("fwd f32 [432,27,9,9,1]:nchw:nchw n2 c6 k4 g2 i1x7 f1x3", Role::x), (Dims{432, 9, 7, 1}));
}

TEST(NestedShape, WhatIsNotNestedInOneOrderHasNone) {
  for (const char* text : {"fwd f32 nchw:nchw:nhwc n2 c6 k4 i5x7 f3x3",                  // two orders
                           "fwd f32 [420,0,70,14,2]:nchw:nchw n2 c6 k4 i5x7 f3x3",       // every other element
                           "fwd f32 [210,0,35,0,1]:nchw:nchw n2 c6 k4 i5x7 f3x3",        // all rows are the same row
                           "fwd f32 [210,0,35,-7,1]:nchw:nchw n2 c6 k4 i5x7 f3x3",       // flipped vertically
                           "fwd f32 [210,0,35,5,1]:nchw:nchw n2 c6 k4 i5x7 f3x3",        // rows that overlap
                           "fwd f32 [35,0,70,7,1]:nchw:nchw n2 c6 k4 i5x7 f3x3",         // images inside channels
                           "fwd f32 [400,150,35,7,1]:nchw:nchw n2 c6 k4 g2 i5x7 f3x3"})  // groups apart
    EXPECT_EQ(order_of(problem(text)), std::nullopt) << text;
}

TEST(NestedShape, ReachCountsTheGaps) {
  const ConvProblem p = problem("fwd f32 [432,0,54,9,1]:nchw:nchw n2 c6 k4 i5x7 f3x3");
  EXPECT_EQ(reach_of(p, Role::x), 432 + 5 * 54 + 4 * 9 + 6 + 1);
  EXPECT_EQ(reach_of(p, Role::w), numel_of(p.geometry, Role::w));
}

}  // namespace
}  // namespace faltung
