#include <gtest/gtest.h>

#include "faltung/problem.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

TEST(ProblemText, TheExampleOfTheDocumentationIsCanonical) {
  const std::string text = "fwd f32 nchw n32 c64 k128 g1 i56x56 f3x3 o56x56 s1 d1 p1 bias relu";
  EXPECT_EQ(print(parse_problem(text)), text);
}

TEST(ProblemText, WhatIsLeftOutHasItsDefault) {
  EXPECT_EQ(print(parse_problem("c16 i8x8 f3")), "fwd f32 nchw n1 c16 k1 g1 i8x8 f3x3 o6x6 s1 d1 p0");
  EXPECT_EQ(print(parse_problem("i100 f5 p2 s3")), "fwd f32 ncw n1 c1 k1 g1 i100 f5 o34 s3 d1 p2");
}

TEST(ProblemText, TypesStandBeforeSizesSoThatExtentsMayLookLikeTypes) {
  const ConvProblem p = parse_problem("fwd i8 ncw i32 f16");
  EXPECT_EQ(p.x.dtype, DType::i8);
  EXPECT_EQ(p.geometry.axes[0].in, 32);
  EXPECT_EQ(p.geometry.axes[0].filter, 16);
}

TEST(ProblemText, LowAndHighPadsMayDiffer) {
  const ConvProblem p = parse_problem("i8x8 f4x4 p1:2x-1:0");
  EXPECT_EQ(p.geometry.axes[0].out, 8);
  EXPECT_EQ(p.geometry.axes[0].high_pad(), 2);
  EXPECT_EQ(p.geometry.axes[1].pad, -1);
  EXPECT_EQ(p.geometry.axes[1].out, 4);
  EXPECT_EQ(print(p), "fwd f32 nchw n1 c1 k1 g1 i8x8 f4x4 o8x4 s1 d1 p1x-1");
}

TEST(ProblemText, EveryFlagSurvivesTheRoundTrip) {
  for (const char* text : {
           "dgrad bf16:bf16:f32 nchw:nhwc:nchw n2 c4 k8 g2 i5x6 f3x3 o5x6 s1 d1 p1 accumulate acc:f64",
           "fwd cf32 ncw n1 c2 k2 g1 i9 f3 o7 s1 d1 p0 conjx conjw deterministic batch_invariant",
           "fwd f16 ndhwc n2 c4 k6 g1 i4x5x6 f1x2x3 o4x4x4 s1 d1 p0 bias add silu notf32 notransforms align:8:16:2",
           "fwd f32 nchw n1 c2 k2 g1 i9x9 f3x3 o7x7 s1 d1 p0 deterministic largetiles",
           "wgrad f64 [100,0,10,1]:ncw:ncw n2 c3 k4 g1 i8 f3 o6 s1 d1 p0",
           "fwd f32 nchw n1 c2 k2 g1 i9x9 f3x3 o7x7 s1 d1 p0 bias accumulate constw notf32",
           "dgrad cf32 ncw n1 c2 k2 g1 i9 f3 o7 s1 d1 p0 constw conjw",
           "fwd f32 nchw n1 c2 k2 g1 i9x9 f3x3 o9x9 s1 d1 p1 reflect bias relu",
           "wgrad f32 ncw n1 c2 k2 g1 i9 f3 o9 s1 d1 p1 replicate",
           "dgrad f32 ncw n1 c2 k2 g1 i9 f3 o9 s1 d1 p1 circular accumulate",
       })
    EXPECT_EQ(print(parse_problem(text)), text);
}

TEST(ProblemText, TheErrorNamesTheWordAndItsPlace) {
  try {
    parse_problem("fwd f32 nchw i8x8 f3 strid2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(std::string(error.what()).find("'strid2' at position 22"), std::string::npos) << error.what();
  }
}

TEST(ProblemText, WhatMeansNothingIsRefused) {
  for (const char* text : {"",
                           "fwd",
                           "fwd i9",
                           "fwd f3",
                           "i9 f10",
                           "i9 f3 s0",
                           "i9 f3 d0",
                           "i9 f0",
                           "i9 f3 g0",
                           "i9 f3 c3 g2",
                           "i8x8 f3x3x3",
                           "nchw i9 f3x3x3",
                           "i9 f3 i9",
                           "i9 f3 n-1",
                           "i99999999999999999999 f3",
                           "bool i9 f3",
                           "wgrad i9 f3 bias",
                           "wgrad i9 f3 constw",
                           "f32:f64 i9 f3",
                           "f32:i8:f32 i9 f3",
                           "cf32 i9 f3 relu",
                           "fwd [1,2] i9 f3",
                           "fwd ncw:ncw:[0,0,0,0] i9 f3",
                           "i9 f3 acc:i32",
                           "i9 f3 align:3:1:1",
                           "i9 f3 p9 reflect",
                           "i9 f3 p0:9 o16 reflect",
                           "i9 f3 p10 circular",
                           "i9 f3 p10 symmetric",
                           "i9 f3 p1 edge",
                           "i4611686018427387904 f1 c4611686018427387904",
                           "i9 f3 p1152921504606846977 o8",
                           "[0,0,0,0]:ncw:ncw n288230376151711745 c0 i1 f1",
                           "i8 [0,0,0,1152921504606846976]:ncw:ncw i2 f2"})
    EXPECT_THROW(parse_problem(text), Error) << text;
}

TEST(ProblemText, StridesOfExtentOneMeanNothing) {
  EXPECT_EQ(parse_problem("nchw n1 c1 k1 i8x8 f3"), parse_problem("nhwc n1 c1 k1 i8x8 f3"));
  EXPECT_EQ(hash_value(parse_problem("nchw i8x8 f3")), hash_value(parse_problem("nhwc i8x8 f3")));
}

TEST(ProblemText, NumbersAreAlwaysAlignedToTheirOwnSize) {
  EXPECT_EQ(parse_problem("f32 ncw i9 f3 align:1:2:8"), parse_problem("f32 ncw i9 f3 align:4:4:8"));
  EXPECT_EQ(parse_problem("cf64 ncw i9 f3 align:1:1:1"), parse_problem("cf64 ncw i9 f3 align:8:8:8"));
}

TEST(ProblemText, ConstantWeightsMakeAnotherProblem) {
  const ConvProblem plain = parse_problem("i8x8 f3"), constant = parse_problem("i8x8 f3 constw");
  EXPECT_TRUE(constant.constant_weights);
  EXPECT_NE(constant, plain);
  EXPECT_NE(hash_value(constant), hash_value(plain));
}

TEST(ProblemText, LargeTilesMakeAnotherProblemWhereTransformsAreAllowed) {
  const ConvProblem plain = parse_problem("i8x8 f3"), large = parse_problem("i8x8 f3 largetiles");
  EXPECT_NE(large, plain);
  EXPECT_NE(hash_value(large), hash_value(plain));
  EXPECT_EQ(parse_problem("i8x8 f3 notransforms largetiles"), parse_problem("i8x8 f3 notransforms"));
}

TEST(ProblemFile, EqualLinesAreOneWithBothCounts) {
  const auto lines = parse_problem_file("i9 f3\ni9 f2\n i9 f3 *2147483647 # again\ni9 f3\r\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].count, 2147483649);
  EXPECT_EQ(lines[0].line, 1);
  EXPECT_EQ(lines[1].count, 1);
}

TEST(ProblemText, BordersHaveSciPysNamesTooAndStandOnlyWhereSomethingIsPadded) {
  EXPECT_EQ(parse_problem("i8x8 f3 p1 mirror"), parse_problem("i8x8 f3 p1 reflect"));
  EXPECT_EQ(parse_problem("i8x8 f3 p1 nearest"), parse_problem("i8x8 f3 p1 replicate"));
  EXPECT_EQ(parse_problem("i8x8 f3 p1 wrap"), parse_problem("i8x8 f3 p1 circular"));
  EXPECT_NE(hash_value(parse_problem("i8x8 f3 p1 wrap")), hash_value(parse_problem("i8x8 f3 p1")));
  EXPECT_EQ(parse_problem("i8x8 f3 reflect"), parse_problem("i8x8 f3"));
  EXPECT_EQ(parse_problem("n0 i8x8 f3 p1 reflect"), parse_problem("n0 i8x8 f3 p1"));
}

TEST(ProblemFile, CountsAndComments) {
  const auto lines = parse_problem_file("# a file\n\nfwd i9 f3 *4 # four times\r\n dgrad i9 f2\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].count, 4);
  EXPECT_EQ(lines[0].line, 3);
  EXPECT_EQ(lines[1].problem.pass, Pass::DataGrad);
  EXPECT_THROW(parse_problem_file("i9 f3 *0"), Error);
  EXPECT_THROW(parse_problem_file("i9 f3\ni9 f3 *0"), Error);
  EXPECT_THROW(load_problem_file("/no/such/file"), Error);
}

TEST(Geometry, TapsInsideAreThoseThatReadTheInput) {
  for (std::int64_t pad = -3; pad <= 6; ++pad)
    for (std::int64_t dilation = 1; dilation <= 3; ++dilation)
      for (std::int64_t stride = 1; stride <= 3; ++stride) {
        const Axis axis{.in = 5, .filter = 4, .out = 6, .stride = stride, .dilation = dilation, .pad = pad};
        for (std::int64_t out = 0; out < axis.out; ++out) {
          const TapRange taps = taps_inside(axis, out);
          for (std::int64_t r = 0; r < axis.filter; ++r) {
            const std::int64_t at = out * stride + r * dilation - pad;
            EXPECT_EQ(r >= taps.first && r < taps.last, at >= 0 && at < axis.in);
          }
        }
      }
}

}  // namespace
}  // namespace faltung
