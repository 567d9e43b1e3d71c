#include <gtest/gtest.h>

#include "engines/cuda/cudnn/errata.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

ConvProblem problem(const char* text) { return canonical(parse_problem(text)); }

bool concerns(const char* line, const char* text, std::size_t version) {
  return parse_errata(line).at(0).concerns(problem(text), version);
}

TEST(CudnnErrata, ALineNamesPassesTypesAndLayouts) {
  constexpr const char* line = "dgrad f16 bf16 ncdhw : 9.8-9.14 : * : wrong";
  EXPECT_TRUE(concerns(line, "dgrad bf16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", 91002));
  EXPECT_TRUE(concerns(line, "dgrad f16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", 91002));
  EXPECT_FALSE(concerns(line, "fwd bf16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", 91002));
  EXPECT_FALSE(concerns(line, "dgrad f32 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", 91002));
  EXPECT_FALSE(concerns(line, "dgrad bf16 ndhwc n1 c8 k8 i6x6x6 f3x3x3 p1", 91002));
  EXPECT_FALSE(concerns(line, "dgrad bf16 nchw n1 c8 k8 i6x6 f3x3 p1", 91002));
}

TEST(CudnnErrata, BothEndsOfTheVersionsBelong) {
  constexpr const char* text = "fwd f32 nchw n1 c8 k8 i6x6 f3x3 p1";
  EXPECT_FALSE(concerns("* : 9.8-9.14 : * : wrong", text, 90705));
  EXPECT_TRUE(concerns("* : 9.8-9.14 : * : wrong", text, 90800));
  EXPECT_TRUE(concerns("* : 9.8-9.14 : * : wrong", text, 91499));
  EXPECT_FALSE(concerns("* : 9.8-9.14 : * : wrong", text, 91500));
  EXPECT_TRUE(concerns("* : 9.8- : * : wrong", text, 99900));
  EXPECT_TRUE(concerns("* : 9.8 : * : wrong", text, 90802));
  EXPECT_FALSE(concerns("* : 9.8 : * : wrong", text, 90900));
}

TEST(CudnnErrata, EveryNamedPropertyMustHold) {
  constexpr const char* line = "strided dilated : 9.0- : * : wrong";
  EXPECT_TRUE(concerns(line, "fwd f32 nchw n1 c8 k8 i9x9 f3x3 s2 d2 p1", 90000));
  EXPECT_FALSE(concerns(line, "fwd f32 nchw n1 c8 k8 i9x9 f3x3 s2 p1", 90000));
  EXPECT_TRUE(concerns("grouped : 9.0- : * : wrong", "fwd f32 nchw n1 c8 k8 g2 i9x9 f3x3", 90000));
  EXPECT_FALSE(concerns("deterministic : 9.0- : * : wrong", "fwd f32 nchw n1 c8 k8 i9x9 f3x3", 90000));
}

TEST(CudnnErrata, ALineForOneEngineLeavesTheOthers) {
  const auto errata = parse_errata("# comment\n\nnhwc : 9.0- : 12 : twelve is wrong  # here\n");
  const ConvProblem p = problem("fwd f32 nhwc n1 c8 k8 i6x6 f3x3 p1");
  EXPECT_EQ(erratum_for(errata, p, 91900, 12), "twelve is wrong  # here");
  EXPECT_EQ(erratum_for(errata, p, 91900, 13), "");
  EXPECT_EQ(erratum_for(errata, p, 91900), "");
}

TEST(CudnnErrata, LinesThatMeanNothingAreRefusedWithTheirNumber) {
  for (const char* line : {"nchw : 9.8 : *", "mchw : 9.8 : * : wrong", ": 9.8 : * : wrong", "* nchw : 9.8 : * : wrong",
                           "nchw : 9 : * : wrong", "nchw : 9.x : * : wrong", "nchw : 9.8 : -1 : wrong", "nchw"}) {
    try {
      parse_errata(std::string("# first\n") + line);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("line 2")) << error.what();
    }
  }
}

TEST(CudnnErrata, TheBuiltInLinesStrikeOutWrong16BitConv3d) {
  const ConvProblem p = problem("fwd bf16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1");
  EXPECT_NE(erratum_for(errata(), p, 91002), "");
  EXPECT_EQ(erratum_for(errata(), p, 91900), "");
}

}  // namespace
}  // namespace faltung::cuda_cudnn
