#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

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
  EXPECT_TRUE(concerns("uneven : 9.0- : * : wrong", "dgrad f32 nchw n1 c8 k8 i9x9 f2x2 o9x9 p0", 90000));
  EXPECT_FALSE(concerns("uneven : 9.0- : * : wrong", "dgrad f32 nchw n1 c8 k8 i9x9 f3x3 p1", 90000));
  EXPECT_TRUE(concerns("grouped : 9.0- : * : wrong", "fwd f32 nchw n1 c8 k8 g2 i9x9 f3x3", 90000));
  EXPECT_FALSE(concerns("deterministic : 9.0- : * : wrong", "fwd f32 nchw n1 c8 k8 i9x9 f3x3", 90000));
}

TEST(CudnnErrata, OneOfTheNamedActivationsMustBeThere) {
  constexpr const char* line = "f16 bias none relu : 9.0- : * : wrong";
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 bias", 90000));
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 bias relu", 90000));
  EXPECT_FALSE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 bias gelu", 90000));
  EXPECT_FALSE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 relu", 90000));
}

// Whether the word stands for that problem and for no other of these.
void expect_named(const std::string& word, const std::string& own, const std::vector<std::string>& problems) {
  for (const std::string& each : problems)
    EXPECT_EQ(concerns((word + " : 9.0- : * : wrong").c_str(), each.c_str(), 90000), each == own)
        << word << ": " << each;
}

TEST(CudnnErrata, EveryActivationAndLayoutHasItsWord) {
  std::vector<std::string> activated{"fwd f16 i9x9 f3x3"};
  for (const char* name : {"relu", "relu6", "sigmoid", "tanh", "silu", "gelu"})
    activated.push_back(activated[0] + " " + name);
  expect_named("none", activated[0], activated);
  for (std::size_t i = 1; i < activated.size(); ++i)
    expect_named(activated[i].substr(activated[0].size() + 1), activated[i], activated);
  std::vector<std::string> laid_out;
  for (const char* layout : {"ncw c4 i9 f3", "nwc c4 i9 f3", "nchw c4 i9x9 f3x3", "nhwc c4 i9x9 f3x3",
                             "ncdhw c4 i9x9x9 f3x3x3", "ndhwc c4 i9x9x9 f3x3x3"})
    laid_out.push_back(layout);
  for (const std::string& each : laid_out) expect_named(each.substr(0, each.find(' ')), each, laid_out);
}

TEST(CudnnErrata, ChannelsOfAllGroupsMayHaveToBeUnaligned) {
  constexpr const char* line = "grouped unaligned : 9.0- : * : wrong";
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c12 k24 g3 i9x9 f3x3", 90000));
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c24 k12 g3 i9x9 f3x3", 90000));
  EXPECT_FALSE(concerns(line, "fwd f16 nchw n1 c8 k8 g2 i9x9 f3x3", 90000));
}

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

TEST(CudnnErrata, LinesThatMeanNothingAreRefusedWithTheirNumber) {
  for (const char* line : {"nchw : 9.8 : *",
                           "mchw : 9.8 : * : wrong",
                           ": 9.8 : * : wrong",
                           "* nchw : 9.8 : * : wrong",
                           "nchw : 9 : * : wrong",
                           "nchw : 9.x : * : wrong",
                           "nchw : 9.8 : -1 : wrong",
                           "nchw",
                           "nchw : 9.8-9.7 : * : wrong",
                           "nchw : 9.8-9.9-9.10 : * : wrong",
                           "nchw : -9.8 : * : wrong",
                           "nchw : 99999999999.1 : * : wrong",
                           "nchw : 9.8 : 99999999999 : wrong",
                           "nchw : 9.8 : 1e3 : wrong",
                           "nchw : 9.8 : : wrong",
                           "nchw : 9.8 : 17, : wrong",
                           "nchw : 9.8 : 17,2=5 : wrong",
                           "nchw : 9.8 : ,k2=5 : wrong",
                           ":::",
                           "::::",
                           "nchw : 9. : * : wrong",
                           "nchw : .8 : * : wrong",
                           "nchw : 9.8 : * : \x1b[2J",
                           "nchw : 9.8 : * : a\x7f"}) {
    try {
      parse_errata(std::string("# first\n") + line);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("line 2")) << error.what();
    }
  }
}

TEST(CudnnErrata, NoBytesDoMoreThanRefuse) {
  constexpr std::string_view good = "dgrad bf16 nhwc strided : 9.1-9.5 : 41 : computes one residue class only\n# x\n";
  std::mt19937 random(11);
  int refused = 0, read = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text(good);
    for (unsigned i = random() % 4; i <= 4; ++i) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, random() % 8);
      else
        text.insert(
            at, std::string(1 + random() % 3, random() % 2 ? ":.-* #\n9"[random() % 8] : static_cast<char>(random())));
      if (text.empty()) text.push_back(' ');
    }
    try {
      read += parse_errata(text).size() > 0;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_LT(std::string_view(error.what()).size(), 200u);
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
  EXPECT_GT(read, 100);
}

class CudnnErrataFile : public testing::Test {
 protected:
  std::vector<Erratum> read(const std::string& text) const {
    const std::string path = testing::TempDir() + "faltung_errata_test.txt";
    std::ofstream(path, std::ios::binary) << text;
    std::vector<Erratum> errata = errata_of_file(path);
    std::remove(path.c_str());
    return errata;
  }
  static void expect_all_refused(const std::vector<Erratum>& errata, const std::string& why) {
    const std::string_view reason = erratum_for(errata, problem("fwd f32 nchw n1 c8 k8 i6x6 f3x3 p1"), 91900);
    EXPECT_NE(reason.find(why), std::string_view::npos) << reason;
    EXPECT_TRUE(reason.starts_with("FALTUNG_CUDNN_ERRATA="));
  }
};

TEST_F(CudnnErrataFile, IsReadWithWhateverEndsItsLines) {
  EXPECT_EQ(read("").size(), 0u);
  EXPECT_EQ(read("# nothing\r\n").size(), 0u);
  EXPECT_EQ(read("* : 9.1 : * : a\r\nnhwc : 9.1 : 3 : b").size(), 2u);
}

TEST_F(CudnnErrataFile, OneThatCannotBeUsedRefusesEverything) {
  expect_all_refused(errata_of_file("/nowhere/errata.txt"), "cannot be read");
  expect_all_refused(errata_of_file("/"), "cannot be read");
  expect_all_refused(errata_of_file("/dev/zero"), "more than 1 MiB");
  expect_all_refused(read(std::string("* : 9.1 : * : a\0b", 17)), "no text");
  expect_all_refused(read(std::string(100000, '*')), "line 1");
  expect_all_refused(read("* : 9.1 : * : a\nnonsense"), "line 2");
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
