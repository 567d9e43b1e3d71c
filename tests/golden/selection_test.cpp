// PyTorch 2.11's own choices, row by row. The whole table is read where a corpus is at hand; a part of it that spans
// all backends and refusals is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "faltung/torch_selection.h"
#include "support/source_dir.h"

namespace faltung {
namespace {

using nlohmann::json;

Dims dims(const json& values) { return Dims(values.get<std::vector<std::int64_t>>()); }

TorchCall call_of(const json& row, const json& table) {
  TorchCall call;
  call.device = row.at("device");
  call.dtype = dtype_from_name(row.at("dtype").get<std::string>()).value();
  call.input = dims(row.at("input"));
  call.weight = dims(row.at("weight"));
  call.stride = dims(row.at("stride"));
  call.padding = dims(row.at("padding"));
  call.dilation = dims(row.at("dilation"));
  call.transposed = row.at("transposed");
  call.output_padding = dims(row.at("output_padding"));
  call.groups = row.at("groups");
  call.input_channels_last = call.weight_channels_last = row.at("channels_last").get<bool>();
  call.needs_grad = row.at("needs_grad");
  call.flags.deterministic = row.at("deterministic");
  call.flags.cudnn_version = table.at("cudnn");
  call.flags.mkldnn_built = table.at("mkldnn");
  call.flags.threads = table.at("cpu_threads");
  return call;
}

std::string expected(const json& row) {
  return row.contains("error") ? "refused" : row.at("backend").get<std::string>();
}

json read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

void expect_all_rows_agree(const json& table, std::size_t least_rows) {
  ASSERT_GE(table.at("rows").size(), least_rows);
  for (const json& row : table.at("rows")) {
    const TorchSelection selection = torch_selection(call_of(row, table));
    EXPECT_EQ(selection.name, expected(row)) << row.dump() << "\n" << json(selection.reasons).dump(2);
  }
}

std::filesystem::path corpus() {
  if (const char* path = std::getenv("FALTUNG_CORPUS")) return path;
  return test::source_dir() / ".." / "shared" / "corpus";
}

TEST(TorchSelectionGolden, CommittedRowsAgreeWithPyTorch) {
  const json table = read(test::source_dir() / "tests/golden/selection.json");
  expect_all_rows_agree(table, 150);
}

TEST(TorchSelectionGolden, CommittedRowsSpanEveryBackendOfTheTable) {
  const json table = read(test::source_dir() / "tests/golden/selection.json");
  std::set<std::string> names;
  for (const json& row : table.at("rows")) names.insert(expected(row));
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
