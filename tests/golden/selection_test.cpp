// PyTorch 2.11's own choices, row by row. The whole table is read where a corpus is at hand; a part of it that spans
// all backends and refusals is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "check/files.h"
#include "support/source_dir.h"

namespace faltung {
namespace {

std::string expected(const Json& row) {
  return row.contains("error") ? "refused" : row.at("backend").get<std::string>();
}

Json read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

void expect_all_rows_agree(const Json& table, std::size_t least_rows) {
  ASSERT_GE(table.at("rows").size(), least_rows);
  for (const check::CaseResult& result : check::run_selection_rows(table))
    EXPECT_EQ(result.status, check::CaseResult::Status::passed) << result.name << ": " << result.detail;
}

std::filesystem::path corpus() {
  if (const char* path = std::getenv("FALTUNG_CORPUS")) return path;
  return test::source_dir() / ".." / "shared" / "corpus";
}

TEST(TorchSelectionGolden, CommittedRowsAgreeWithPyTorch) {
  const Json table = read(test::source_dir() / "tests/golden/selection.json");
  expect_all_rows_agree(table, 150);
}

TEST(TorchSelectionGolden, CommittedRowsSpanEveryBackendOfTheTable) {
  const Json table = read(test::source_dir() / "tests/golden/selection.json");
  std::set<std::string> names;
  for (const Json& row : table.at("rows")) names.insert(expected(row));
  EXPECT_EQ(names, (std::set<std::string>{"CudaDepthwise2d", "CudaDepthwise3d", "Cudnn", "CudnnTranspose", "Empty",
                                          "Mkldnn", "MkldnnTranspose", "Slow2d", "Slow3d", "SlowDilated2d",
                                          "SlowDilated3d", "SlowTranspose2d", "SlowTranspose3d", "refused"}));
}

TEST(TorchSelectionGolden, EveryRowOfTheCorpusAgreesWithPyTorch) {
  const std::filesystem::path path = corpus() / "selection.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no corpus at " << path << "; set FALTUNG_CORPUS to its folder";
  expect_all_rows_agree(read(path), 1500);
}

}  // namespace
}  // namespace faltung
