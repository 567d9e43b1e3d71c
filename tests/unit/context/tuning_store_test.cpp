// What contexts do with the store on disk.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "faltung/tune.h"
#include "faltung/tuning.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

const ConvProblem problem = canonical(parse_problem("fwd f32 nchw n1 c4 k4 i8x8 f3x3"));
const Policy brief{.measure_seconds = 0, .threads = 1};

class TuningInContexts : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::path(testing::TempDir()) / "faltung-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    ASSERT_EQ(::setenv("FALTUNG_CACHE_DIR", folder_.c_str(), 1), 0);
    reading_.set_tuning_access(TuningAccess::read);
    writing_.set_tuning_access(TuningAccess::write);
  }
  void TearDown() override {
    ::unsetenv("FALTUNG_CACHE_DIR");
    fs::remove_all(folder_);
  }
  static Decision decision(Context& context, const Policy& policy = brief) {
    return compile(problem, policy, context).selection().decision;
  }
  fs::path write(const std::string& text) const {
    std::ofstream(folder_ / "file") << text;
    return folder_ / "file";
  }

  fs::path folder_;
  Context reading_, writing_;
};

TEST_F(TuningInContexts, OneTunesAndTheOthersFindItOnceTheyLookAgain) {
  EXPECT_EQ(decision(reading_), Decision::estimated);
  const Selection tuned = tune(problem, brief, writing_);
  EXPECT_TRUE(tuned.record.starts_with(folder_.string())) << tuned.record;
  EXPECT_EQ(decision(reading_), Decision::estimated) << "a plan that is known is not looked up";
  reading_.reload_tuning();
  EXPECT_EQ(decision(reading_), Decision::tuned);
  Context off;
  off.set_tuning_access(TuningAccess::off);
  EXPECT_EQ(decision(off), Decision::estimated);
}

TEST_F(TuningInContexts, OnlyThoseThatMayWriteDo) {
  tune(problem, brief, reading_);
  compile(problem, {.effort = Effort::Measure, .measure_seconds = 0}, reading_);
  EXPECT_TRUE(list_tuning(folder_).empty());
  compile(problem, {.effort = Effort::Measure, .measure_seconds = 0}, writing_);
  EXPECT_EQ(list_tuning(folder_).size(), 1u);
}

TEST_F(TuningInContexts, WhatCannotBeKeptIsMeasuredAllTheSame) {
  std::ofstream(folder_ / "tuning") << "a file";
  const Selection tuned = tune(problem, brief, writing_);
  EXPECT_EQ(tuned.decision, Decision::measured);
  ASSERT_EQ(tuned.record_notes.size(), 1u);
  EXPECT_TRUE(tuned.record_notes[0].starts_with("not kept: ")) << tuned.record_notes[0];
  EXPECT_EQ(decision(writing_), Decision::tuned);
}

TEST_F(TuningInContexts, ARecordOfTheProgramComesBeforeThoseOfTheStore) {
  tune(problem, brief, writing_);
  reading_.load_tuning_text("1e-6 reference - " + print(problem) + "\n");
  EXPECT_EQ(compile(problem, brief, reading_).engine(), "reference");
}

TEST_F(TuningInContexts, WarmPlansWhatAFileNames) {
  const Policy window{.only = "cpu.window"};
  std::string lines = "fwd f32 nchw n1 c64 k64 i8x8 f3x3\n";  // which that engine does not take
  for (int c = 1; c <= 20; ++c) lines += "fwd f32 nchw n1 c" + std::to_string(c) + " k4 i8x8 f3x3\n";
  const WarmReport report = reading_.warm(write(lines), window);
  EXPECT_EQ(report.planned, 20u);
  EXPECT_EQ(report.failures.size(), 1u);
  EXPECT_TRUE(compile(parse_problem("fwd f32 nchw n1 c7 k4 i8x8 f3x3"), window, reading_).from_cache());
}

TEST_F(TuningInContexts, WarmTakesRecordsAsWellAndMayMeasure) {
  tune(problem, brief, writing_);
  EXPECT_EQ(reading_.warm(write(writing_.tuning_text()), brief).planned, 1u);
  EXPECT_TRUE(compile(problem, brief, reading_).from_cache());
  EXPECT_EQ(Context().warm(write(print(problem)), {.effort = Effort::Measure, .measure_seconds = 0}).planned, 1u);
  EXPECT_THROW(reading_.warm(write("nonsense")), Error);
  EXPECT_THROW(reading_.warm((folder_ / "absent").string()), Error);
}

}  // namespace
}  // namespace faltung
