// What is known to be wrong of oneDNN is not taken. Each case has a process of its own, since a file of errata is read
// once.
#include "engines/cpu/onednn/errata.h"

#include <cstdlib>
#include <fstream>

#include "engines/cpu/onednn/plan.h"
#include "faltung/error.h"
#include "onednn/onednn.h"

namespace faltung {
namespace {

constexpr const char* problem = "fwd f32 nhwc n1 c64 k64 i28x28 f3x3 p1";

class OnednnErrataDeathTest : public test::OnednnTest {
 protected:
  void SetUp() override {
    test::OnednnTest::SetUp();
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    path_ = testing::TempDir() + "faltung_onednn_errata.txt";
  }
  void TearDown() override { std::remove(path_.c_str()); }

  // Prints what explain() says of the engine, and the outline, under those lines.
  [[noreturn]] void tell(const std::string& lines) const {
    std::ofstream(path_) << lines << std::flush;
    setenv("FALTUNG_ONEDNN_ERRATA", path_.c_str(), 1);
    const Selection selection = explain(canonical(parse_problem(problem)), {.only = "cpu.onednn"});
    std::fprintf(stderr, "%s\n", print(selection).c_str());
    std::_Exit(selection.chosen() ? 0 : 1);
  }
  void expect(const std::string& lines, int code, const char* said) const {
    EXPECT_EXIT(tell(lines), testing::ExitedWithCode(code), said) << lines;
  }
  std::string path_;
};

TEST_F(OnednnErrataDeathTest, AVariantGivesWayToTheOther) {
  expect("fwd f32 nhwc : 3.0- : plain : drops a row", 0, "planning failed: plain: drops a row");
  expect("fwd f32 nhwc : 3.0- : reordered : drops a row", 0, "cpu.onednn is taken");
  expect("* : 3.0- : plain : a\n* : 3.0- : reordered : b", 1, "planning failed: plain: a");
}

// A line for each implementation that its plans have.
std::string struck_out(const std::string& words) {
  std::string lines;
  for (const auto formats : {cpu_onednn::Formats::plain, cpu_onednn::Formats::chosen}) {
    const cpu_onednn::OnednnPlan plan(canonical(parse_problem(problem)), formats, 2);
    for (const std::string_view name : plan.implementations())
      lines += words + " : 3.0- : " + std::string(name.substr(0, name.find(':'))) + " : drops a row\n";
  }
  return lines;
}

TEST_F(OnednnErrataDeathTest, AnImplementationIsStruckOutByItsName) {
  expect(struck_out("fwd"), 1, "planning failed: [a-z0-9_]+:[a-z0-9_]*: drops a row");
  expect(struck_out("dgrad"), 0, "cpu.onednn is taken");
}

TEST_F(OnednnErrataDeathTest, AllOfItIsRefusedWithTheVersion) {
  expect("fwd : 3.0- : * : wrong here", 1, "oneDNN 3[.0-9]*: wrong here");
  expect("fwd : 3.0- : *", 1, "oneDNN 3[.0-9]*: FALTUNG_ONEDNN_ERRATA=.*: line 1 of the errata: no reason");
}

TEST(OnednnErrata, AmxIsNotTakenForAFewChannelsOf16Bits) {
  const auto why = [](const char* text, const char* way) {
    return cpu_onednn::erratum_for({}, canonical(parse_problem(text)), 3002, way);
  };
  const char* const few = "fwd bf16 nhwc n1 c4 k8 i5x5 f3x3 p1";
  EXPECT_NE(why(few, "brgconv:avx512_core_amx"), "");
  EXPECT_EQ(why(few, "brgconv:avx512_core_bf16"), "");
  EXPECT_EQ(why("fwd bf16 nhwc n1 c8 k4 i5x5 f3x3 p1", "brgconv:avx512_core_amx"), "");
  EXPECT_EQ(why("fwd f32 nhwc n1 c4 k8 i5x5 f3x3 p1", "brgconv:avx512_core_amx"), "");
}

TEST(OnednnErrata, AWayIsAName) {
  for (const char* way : {"plain", "reordered", "brg_conv_fwd", "jit"}) EXPECT_NO_THROW(cpu_onednn::check_way(way));
  for (const char* way : {"", "brg conv", "Plain", "a,b"}) EXPECT_THROW(cpu_onednn::check_way(way), Error) << way;
}

}  // namespace
}  // namespace faltung
