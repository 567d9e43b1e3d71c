#include "plan/errata/errata.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "faltung/error.h"

namespace faltung {
namespace {

void check_way(std::string_view way) {
  if (way != "fast") throw Error(ErrorCode::InvalidArgument, "no such way");
}

std::vector<Erratum> parse(std::string_view text) { return parse_errata(text, check_way); }

ConvProblem problem(const char* text) { return canonical(parse_problem(text)); }

bool concerns(const char* line, const char* text, std::int64_t version) {
  return parse(line).at(0).concerns(problem(text), version);
}

TEST(Errata, ALineNamesPassesTypesAndLayouts) {
  constexpr const char* line = "dgrad f16 bf16 ncdhw : 9.8-9.14 : * : wrong";
  EXPECT_TRUE(concerns(line, "dgrad bf16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", version_number(9, 10)));
  EXPECT_TRUE(concerns(line, "dgrad f16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", version_number(9, 10)));
  EXPECT_FALSE(concerns(line, "fwd bf16 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", version_number(9, 10)));
  EXPECT_FALSE(concerns(line, "dgrad f32 ncdhw n1 c8 k8 i6x6x6 f3x3x3 p1", version_number(9, 10)));
  EXPECT_FALSE(concerns(line, "dgrad bf16 ndhwc n1 c8 k8 i6x6x6 f3x3x3 p1", version_number(9, 10)));
  EXPECT_FALSE(concerns(line, "dgrad bf16 nchw n1 c8 k8 i6x6 f3x3 p1", version_number(9, 10)));
}

TEST(Errata, BothEndsOfTheVersionsBelong) {
  constexpr const char* text = "fwd f32 nchw n1 c8 k8 i6x6 f3x3 p1";
  EXPECT_FALSE(concerns("* : 9.8-9.14 : * : wrong", text, version_number(9, 7)));
  EXPECT_TRUE(concerns("* : 9.8-9.14 : * : wrong", text, version_number(9, 8)));
  EXPECT_TRUE(concerns("* : 9.8-9.14 : * : wrong", text, version_number(9, 14)));
  EXPECT_FALSE(concerns("* : 9.8-9.14 : * : wrong", text, version_number(9, 15)));
  EXPECT_TRUE(concerns("* : 9.8- : * : wrong", text, version_number(9, 99)));
  EXPECT_TRUE(concerns("* : 9.8 : * : wrong", text, version_number(9, 8)));
  EXPECT_FALSE(concerns("* : 9.8 : * : wrong", text, version_number(9, 9)));
}

TEST(Errata, EveryNamedPropertyMustHold) {
  constexpr const char* line = "strided dilated : 9.0- : * : wrong";
  EXPECT_TRUE(concerns(line, "fwd f32 nchw n1 c8 k8 i9x9 f3x3 s2 d2 p1", version_number(9, 0)));
  EXPECT_FALSE(concerns(line, "fwd f32 nchw n1 c8 k8 i9x9 f3x3 s2 p1", version_number(9, 0)));
  EXPECT_TRUE(concerns("uneven : 9.0- : * : wrong", "dgrad f32 nchw n1 c8 k8 i9x9 f2x2 o9x9 p0", version_number(9, 0)));
  EXPECT_FALSE(concerns("uneven : 9.0- : * : wrong", "dgrad f32 nchw n1 c8 k8 i9x9 f3x3 p1", version_number(9, 0)));
  EXPECT_TRUE(concerns("grouped : 9.0- : * : wrong", "fwd f32 nchw n1 c8 k8 g2 i9x9 f3x3", version_number(9, 0)));
  EXPECT_FALSE(concerns("deterministic : 9.0- : * : wrong", "fwd f32 nchw n1 c8 k8 i9x9 f3x3", version_number(9, 0)));
}

TEST(Errata, OneOfTheNamedActivationsMustBeThere) {
  constexpr const char* line = "f16 bias none relu : 9.0- : * : wrong";
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 bias", version_number(9, 0)));
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 bias relu", version_number(9, 0)));
  EXPECT_FALSE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 bias gelu", version_number(9, 0)));
  EXPECT_FALSE(concerns(line, "fwd f16 nchw n1 c8 k8 i9x9 f3x3 relu", version_number(9, 0)));
}

// Whether the word stands for that problem and for no other of these.
void expect_named(const std::string& word, const std::string& own, const std::vector<std::string>& problems) {
  for (const std::string& each : problems)
    EXPECT_EQ(concerns((word + " : 9.0- : * : wrong").c_str(), each.c_str(), version_number(9, 0)), each == own)
        << word << ": " << each;
}

TEST(Errata, EveryActivationAndLayoutHasItsWord) {
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

TEST(Errata, ChannelsOfAllGroupsMayHaveToBeUnaligned) {
  constexpr const char* line = "grouped unaligned : 9.0- : * : wrong";
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c12 k24 g3 i9x9 f3x3", version_number(9, 0)));
  EXPECT_TRUE(concerns(line, "fwd f16 nchw n1 c24 k12 g3 i9x9 f3x3", version_number(9, 0)));
  EXPECT_FALSE(concerns(line, "fwd f16 nchw n1 c8 k8 g2 i9x9 f3x3", version_number(9, 0)));
}

TEST(Errata, AWayIsOneOrAll) {
  const auto errata = parse("* : 9.1 : fast : a  # too\n\n# comment\n* : 9.1 : * : b\n");
  ASSERT_EQ(errata.size(), 2u);
  EXPECT_EQ(errata[0].way, "fast");
  EXPECT_EQ(errata[0].reason, "a  # too");
  EXPECT_FALSE(errata[0].concerns_every_way());
  EXPECT_TRUE(errata[1].concerns_every_way());
}

TEST(Errata, AreNoneWithoutTheVariable) {
  unsetenv("FALTUNG_TEST_ERRATA");
  EXPECT_TRUE(errata_of_environment("FALTUNG_TEST_ERRATA", check_way).empty());
  setenv("FALTUNG_TEST_ERRATA", "/nowhere/errata.txt", 1);
  EXPECT_EQ(errata_of_environment("FALTUNG_TEST_ERRATA", check_way).size(), 1u);
  unsetenv("FALTUNG_TEST_ERRATA");
}

TEST(Errata, LinesThatMeanNothingAreRefusedWithTheirNumber) {
  for (const char* line :
       {"nchw : 9.8 : *", "mchw : 9.8 : * : wrong", ": 9.8 : * : wrong", "* nchw : 9.8 : * : wrong",
        "nchw : 9 : * : wrong", "nchw : 9.x : * : wrong", "nchw", "nchw : 9.8-9.7 : * : wrong",
        "nchw : 9.8-9.9-9.10 : * : wrong", "nchw : -9.8 : * : wrong", "nchw : 99999999999.1 : * : wrong",
        "nchw : 9.8 : : wrong", "nchw : 9.8 : slow : wrong", ":::", "::::", "nchw : 9. : * : wrong",
        "nchw : .8 : * : wrong", "nchw : 9.8 : * : \x1b[2J", "nchw : 9.8 : * : a\x7f"}) {
    try {
      parse(std::string("# first\n") + line);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("line 2")) << error.what();
    }
  }
}

TEST(Errata, NoBytesDoMoreThanRefuse) {
  constexpr std::string_view good = "dgrad bf16 nhwc strided : 9.1-9.5 : fast : computes one residue class only\n# x\n";
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
      read += parse(text).size() > 0;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_LT(std::string_view(error.what()).size(), 200u);
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
  EXPECT_GT(read, 100);
}

class ErrataFile : public testing::Test {
 protected:
  static constexpr const char* variable = "FALTUNG_TEST_ERRATA";
  std::vector<Erratum> read(const std::string& text) const {
    const std::string path = testing::TempDir() + "faltung_errata_test.txt";
    std::ofstream(path, std::ios::binary) << text;
    std::vector<Erratum> errata = errata_of_file(variable, path, check_way);
    std::remove(path.c_str());
    return errata;
  }
  static void expect_all_refused(const std::vector<Erratum>& errata, const std::string& why) {
    ASSERT_EQ(errata.size(), 1u);
    const std::string& reason = errata[0].reason;
    EXPECT_TRUE(errata[0].concerns_every_way());
    EXPECT_TRUE(errata[0].concerns(problem("fwd f32 nchw n1 c8 k8 i6x6 f3x3 p1"), version_number(3, 2)));
    EXPECT_NE(reason.find(why), std::string::npos) << reason;
    EXPECT_TRUE(reason.starts_with("FALTUNG_TEST_ERRATA="));
  }
};

TEST_F(ErrataFile, IsReadWithWhateverEndsItsLines) {
  EXPECT_EQ(read("").size(), 0u);
  EXPECT_EQ(read("# nothing\r\n").size(), 0u);
  EXPECT_EQ(read("* : 9.1 : * : a\r\nnhwc : 9.1 : fast : b").size(), 2u);
}

TEST_F(ErrataFile, OneThatCannotBeUsedRefusesEverything) {
  expect_all_refused(errata_of_file(variable, "/nowhere/errata.txt", check_way), "cannot be read");
  expect_all_refused(errata_of_file(variable, "/", check_way), "cannot be read");
  expect_all_refused(errata_of_file(variable, "/dev/zero", check_way), "more than 1 MiB");
  expect_all_refused(read(std::string("* : 9.1 : * : a\0b", 17)), "no text");
  expect_all_refused(read(std::string(100000, '*')), "line 1");
  expect_all_refused(read("* : 9.1 : * : a\nnonsense"), "line 2");
}

}  // namespace
}  // namespace faltung
