#include "tuning/records.h"

#include <gtest/gtest.h>

#include "base/sha256.h"

namespace faltung {
namespace {

const ConvProblem problem = canonical(parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3"));
constexpr const char* here = "device=cpu name=this isa=avx2";
constexpr const char* there = "device=cpu name=that isa=avx2";

TuningRecord record(std::string engine, std::string environment = {}, int threads = 0) {
  return {.key = {problem, threads}, .engine = std::move(engine), .seconds = 1e-3, .environment = environment};
}

std::string taken(const TuningRecords& records, const TuningKey& key, std::string_view environment = here) {
  std::string engine;
  records.find(key, environment, [&](const FoundRecord& found) {
    if (found.fault.empty()) engine = found.record.engine;
    return found.fault.empty();
  });
  return engine;
}

TEST(TuningText, SurvivesTheRoundTripWithAllThatARecordSays) {
  TuningRecord all = record("cuda.cudnn", there, 16);
  all.variant = "e62:k2=5,k13=1";
  all.revision = 3, all.made = 1796035453;
  all.key.only = "cuda.cudnn", all.key.without = {"a", "b"}, all.key.workspace_limit = 4096;
  const std::vector<TuningRecord> records{record("cpu.gemm"), all, record("cpu.gemm", here)};
  EXPECT_EQ(parse_tuning(print_tuning(records)), records);
  EXPECT_EQ(print_tuning({}), "");
}

TEST(TuningText, BadLinesAreRefusedWithTheirNumberAndAddNothing) {
  TuningRecords records;
  records.add(record("cpu.gemm"));
  const std::string before = records.text();
  for (const char* bad :
       {"x cpu.gemm - fwd i9 f3", "1e-3 cpu.gemm", "-1 cpu.gemm - i9 f3", "nan e - i9 f3", "1 e - fwd",
        "1 e - threads=-1 i9 f3", "1 e - colour=red i9 f3", "environment avx2", "faltung tuning 2", "sha256 0123"}) {
    try {
      records.parse(std::string("1e-3 e - i9 f3\n") + bad);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(records.text(), before);
}

TEST(TuningText, AChangeShowsInTheChecksum) {
  std::string text = print_tuning(std::vector{record("cpu.gemm")});
  EXPECT_EQ(parse_tuning(text).size(), 1u);
  text[text.find("cpu.gemm")] = 'C';
  EXPECT_THROW(parse_tuning(text), Error);
  text.resize(text.find("sha256"));
  EXPECT_EQ(parse_tuning(text).size(), 1u) << "without the line it is a text that somebody wrote";
}

TEST(TuningRecords, OfAnotherEnvironmentAreShownWithTheDifference) {
  TuningRecords records;
  records.add(record("foreign", there));
  std::string fault;
  records.find({problem}, here, [&](const FoundRecord& found) {
    fault = found.fault;
    return false;
  });
  EXPECT_EQ(fault, "measured with name=that, here name=this");
  records.add(record("own", here));
  EXPECT_EQ(taken(records, {problem}), "own");
  EXPECT_EQ(taken(records, {problem}, there), "foreign");
}

TEST(TuningRecords, WhatSaysLessAnswersMore) {
  TuningRecords records;
  records.add(record("any"));
  EXPECT_EQ(taken(records, {problem, 4}), "any");
  records.add(record("four", here, 4));
  EXPECT_EQ(taken(records, {problem, 4}), "four");
  EXPECT_EQ(taken(records, {problem, 2}), "any");
  records.add(record("newer"));  // of any number of threads, anywhere
  EXPECT_EQ(taken(records, {problem, 4}), "newer");
}

TEST(Environments, SayHowTheyDiffer) {
  EXPECT_EQ(environment_difference(here, here), "");
  EXPECT_EQ(environment_difference("a=1 b=2", "a=1 b=3"), "b=2, here b=3");
  EXPECT_EQ(environment_difference("a=1 b=2", "a=1"), "b=2, here none");
  EXPECT_EQ(environment_difference("a=1", "a=1 b=2"), "none, here b=2");
}

}  // namespace
}  // namespace faltung
