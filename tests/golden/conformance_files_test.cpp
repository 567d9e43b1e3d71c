// What PyTorch answered, in every type. A part is committed; the whole corpus is run where there is one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "check/conformance_file.h"
#include "support/engines.h"
#include "support/source_dir.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

const char* const files[] = {"conv1d.safetensors",
                             "conv2d.safetensors",
                             "conv3d.safetensors",
                             "conv_transpose1d.safetensors",
                             "conv_transpose2d.safetensors",
                             "conv_transpose3d.safetensors",
                             "complex.safetensors",
                             "padding_mode.safetensors",
                             "double_backward.safetensors",
                             "vmap.safetensors",
                             "border.safetensors"};

fs::path committed() { return test::source_dir() / "tests/golden"; }

fs::path corpus() {
  if (const char* path = std::getenv("FALTUNG_CORPUS")) return path;
  return test::source_dir() / ".." / "shared" / "corpus";
}

void expect_passed(const fs::path& path, const check::Options& options, std::size_t least) {
  std::size_t passed = 0, failed = 0;
  for (const check::CaseResult& result : check::run_conformance_file(path, options)) {
    if (result.status == check::CaseResult::Status::passed) ++passed;
    if (result.status != check::CaseResult::Status::failed) continue;
    if (++failed <= 5) ADD_FAILURE() << result.name << ": " << result.detail << "\n  " << result.problem_text;
  }
  EXPECT_EQ(failed, 0u) << path;
  EXPECT_GE(passed, least) << path;
}

struct TypedFile {
  const char* file;
  DType dtype;
  Device device;
};

std::string test_name(const testing::TestParamInfo<TypedFile>& info) {
  return fs::path(info.param.file).stem().string() + "_" + std::string(name_of(info.param.dtype)) + "_" +
         test::device_test_name(info.param.device);
}

std::vector<TypedFile> typed_files() {
  std::vector<TypedFile> all;
  for (const Device device : test::devices())
    for (const char* file : files)
      for (DType dtype : {DType::f64, DType::f32, DType::bf16, DType::f16})
        if (std::string_view(file) != "complex.safetensors" || complex_of(dtype) != dtype)
          all.push_back({file, dtype, device});
  return all;
}

class GoldenCases : public testing::TestWithParam<TypedFile> {
 protected:
  void SetUp() override {
    if (const std::string reason = test::unavailable(GetParam().device); !reason.empty()) GTEST_SKIP() << reason;
  }
  check::Options options() const { return {.device = GetParam().device, .dtype = GetParam().dtype}; }
};

TEST_P(GoldenCases, CommittedCasesEqualPyTorchs) { expect_passed(committed() / GetParam().file, options(), 6); }

TEST_P(GoldenCases, CorpusEqualsPyTorchs) {
  const fs::path path = corpus() / GetParam().file;
  if (!fs::exists(path)) GTEST_SKIP() << "no corpus at " << path << "; set FALTUNG_CORPUS to its folder";
  expect_passed(path, options(), 50);  // some are complex and have no 16-bit type
}

INSTANTIATE_TEST_SUITE_P(Types, GoldenCases, testing::ValuesIn(typed_files()), test_name);

TEST(GoldenCalls, AreRefusedOrShapedAsPyTorchsOrAsDocumented) {
  expect_passed(committed() / "bad_arguments.json", {}, 55);
}

TEST(GoldenCalls, OfTheCorpusToo) {
  const fs::path path = corpus() / "bad_arguments.json";
  if (!fs::exists(path)) GTEST_SKIP() << "no corpus at " << path << "; set FALTUNG_CORPUS to its folder";
  expect_passed(path, {}, 55);
}

// The reference refuses nothing; what names no engine is an error, not a pass.
TEST(GoldenFiles, PassOnTheReferenceAlone) {
  expect_passed(committed() / "conv2d.safetensors", {.engine = "reference"}, 6);
}

}  // namespace
}  // namespace faltung
