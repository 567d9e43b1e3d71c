// The lists in problems/ are what tests, benches and users are given: each must be read, and mean what it shows.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "faltung/problem.h"
#include "support/source_dir.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

const fs::path folder = test::source_dir() / "problems";

std::vector<ProblemLine> lines_of(const std::string& name) { return load_problem_file((folder / name).string()); }

std::vector<fs::path> models() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "models")) files.push_back(entry.path());
  return files;
}

TEST(ProblemFiles, SmokeEdgeAndRegressionLinesAreSmallEnoughForTheReference) {
  for (const char* name : {"smoke.txt", "edge.txt", "regressions.txt"}) {
    for (const ProblemLine& line : lines_of(name)) {
      EXPECT_LE(flops_of(line.problem), 1e6) << name << ":" << line.line << ": " << print(line.problem);
      EXPECT_LE(bytes_of(line.problem), 1e6) << name << ":" << line.line << ": " << print(line.problem);
    }
  }
}

TEST(ProblemFiles, OneThatCannotBeReadIsNoEmptyList) {
  for (const char* path : {"/tmp", "/proc/self/mem", "/dev/zero", "/nonexistent"}) {  // reading the second fails
    try {
      load_problem_file(path);
      ADD_FAILURE() << path << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Io) << error.what();
    }
  }
  const fs::path empty = fs::path(testing::TempDir()) / "faltung_empty_list.txt";
  std::ofstream{empty};
  EXPECT_TRUE(load_problem_file(empty.string()).empty());
  fs::remove(empty);
}

TEST(ProblemFiles, ListsAreAsLongAsTheyLook) {
  EXPECT_GE(lines_of("smoke.txt").size(), 40u);
  EXPECT_GE(lines_of("edge.txt").size(), 90u);
  EXPECT_GE(lines_of("regressions.txt").size(), 5u);
}

TEST(ProblemFiles, NoLineOfSmokeAndEdgeStandsTwice) {
  std::set<std::string> seen;
  for (const char* name : {"smoke.txt", "edge.txt"}) {
    for (const ProblemLine& line : lines_of(name)) {
      EXPECT_TRUE(seen.insert(print(line.problem)).second) << name << ":" << line.line << ": " << print(line.problem);
    }
  }
}

TEST(ProblemFiles, SmokeHoldsEveryPassRankAndElementType) {
  std::set<std::tuple<Pass, int>> passes;
  std::set<DType> types;
  for (const ProblemLine& line : lines_of("smoke.txt")) {
    passes.insert({line.problem.pass, line.problem.geometry.rank});
    types.insert(line.problem.x.dtype);
  }
  EXPECT_EQ(passes.size(), 9u);
  EXPECT_EQ(types.size(), 9u);
}

TEST(ProblemFiles, ModelLinesAreInCanonicalForm) {
  ASSERT_EQ(models().size(), 9u);
  for (const fs::path& path : models()) {
    std::ifstream file(path);
    for (std::string text; std::getline(file, text);) {
      if (text.starts_with('#')) continue;
      const ProblemLine line = parse_problem_file(text).at(0);
      text.resize(text.find_last_not_of(' ', text.rfind('*') - 1) + 1);
      EXPECT_EQ(print(line.problem), text) << path;
    }
  }
}

TEST(ProblemFiles, ModelsAddUpToTheArithmeticOfTheirNetworks) {
  double flops = 0;
  std::int64_t layers = 0;
  for (const ProblemLine& line : lines_of("models/resnet50.txt")) {
    flops += flops_of(line.problem) * static_cast<double>(line.count);
    layers += line.count;
  }
  EXPECT_EQ(layers, 53);
  EXPECT_NEAR(flops, 8.2e9, 0.1e9);  // 4.1 G multiply-adds, less the classifier
}

}  // namespace
}  // namespace faltung
