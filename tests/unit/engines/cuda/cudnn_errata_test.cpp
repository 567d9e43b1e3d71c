#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engines/cuda/cudnn/choose/errata.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

ConvProblem problem(const char* text) { return canonical(parse_problem(text)); }

TEST(CudnnErrata, ALineForOneEngineLeavesTheOthers) {
  const auto errata = parse_errata("# comment\n\nnhwc : 9.0- : 12 : twelve is wrong  # here\n");
  const ConvProblem p = problem("fwd f32 nhwc n1 c8 k8 i6x6 f3x3 p1");
  EXPECT_EQ(erratum_for(errata, p, 91900, ConfigKey{12, {}}), "twelve is wrong  # here");
  EXPECT_EQ(erratum_for(errata, p, 91900, ConfigKey{13, {}}), "");
  EXPECT_EQ(erratum_for(errata, p, 91900), "");
}

TEST(CudnnErrata, ALineMayNameKnobsOfOneEngineOrOfAll) {
  const auto errata = parse_errata("wgrad : 9.0- : 17,k12=2,k15=1 : adds in 16 bits\n* : 9.0- : *,k9=7 : nine\n");
  const ConvProblem p = problem("wgrad bf16 nhwc n1 c8 k8 i6x6 f3x3 p1");
  EXPECT_EQ(erratum_for(errata, p, 91900, {17, {{2, 5}, {12, 2}, {15, 1}}}), "adds in 16 bits");
  EXPECT_EQ(erratum_for(errata, p, 91900, {17, {{2, 5}, {12, 1}, {15, 1}}}), "");
  EXPECT_EQ(erratum_for(errata, p, 91900, {18, {{12, 2}, {15, 1}}}), "");
  EXPECT_EQ(erratum_for(errata, p, 91900, {18, {{9, 7}}}), "nine");
  EXPECT_EQ(erratum_for(errata, p, 91900), "");
}

TEST(CudnnErrata, AKnobMayHaveToBeGreater) {
  const auto errata = parse_errata("wgrad bf16 : 9.0- : 47,k0>1 : splits\n");
  const ConvProblem p = problem("wgrad bf16 nchw n2 c4 k4 i6x6 f3x3");
  EXPECT_EQ(erratum_for(errata, p, 91900, {47, {{0, 5}, {2, 1}}}), "splits");
  EXPECT_EQ(erratum_for(errata, p, 91900, {47, {{0, 1}, {2, 5}}}), "");
  EXPECT_EQ(erratum_for(errata, p, 91900, {47, {{2, 5}}}), "");
  EXPECT_THROW(parse_errata("* : 9.0- : 47,k0<1 : less"), Error);
}

TEST(CudnnErrata, VersionsAreCudnns) {
  const Erratum erratum = parse_errata("* : 9.8-9.14 : * : wrong").at(0);
  const ConvProblem p = problem("fwd f32 nchw n1 c8 k8 i6x6 f3x3 p1");
  EXPECT_FALSE(erratum.concerns(p, 90705));
  EXPECT_TRUE(erratum.concerns(p, 90800));
  EXPECT_TRUE(erratum.concerns(p, 91499));
  EXPECT_FALSE(erratum.concerns(p, 91500));
}

TEST(CudnnErrata, NoOtherNameIsAnEngine) {
  for (const char* engine : {"-1", "99999999999", "1e3", "", "17,", "17,2=5", ",k2=5", "e17"}) {
    try {
      parse_errata(std::string("# first\nnchw : 9.8 : ") + engine + " : wrong");
      FAIL() << engine;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("line 2")) << error.what();
    }
  }
}

TEST(CudnnErrata, AFileThatCannotBeUsedRefusesEverything) {
  const std::vector<Erratum> errata = errata_of_file("/nowhere/errata.txt");
  const std::string_view reason = erratum_for(errata, problem("fwd f32 nchw n1 c8 k8 i6x6 f3x3 p1"), 91900);
  EXPECT_TRUE(reason.starts_with("FALTUNG_CUDNN_ERRATA=")) << reason;
}

TEST(CudnnErrata, TheBuiltInLinesStrikeOutWrong16BitConv3d) {
  const ConvProblem p = problem("fwd bf16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1");
  EXPECT_NE(erratum_for(errata(), p, 91002), "");
  EXPECT_EQ(erratum_for(errata(), p, 91900), "");
  const ConvProblem uneven = problem("dgrad f32 nchw n1 c8 k8 i9x9 f2x2 o9x9 p0");
  EXPECT_NE(erratum_for(errata(), uneven, 91900, ConfigKey{50, {}}), "");
  EXPECT_EQ(erratum_for(errata(), uneven, 91900, ConfigKey{28, {}}), "");
}

}  // namespace
}  // namespace faltung::cuda_cudnn
