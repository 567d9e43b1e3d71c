#include <gtest/gtest.h>

#include <filesystem>

#include "faltung/compile.h"

namespace faltung {
namespace {

// A folder; a regular file whose reading fails.
TEST(TuningFiles, OneThatCannotBeReadChangesNothing) {
  for (const char* path : {"/tmp", "/proc/self/mem", "/nonexistent"}) {
    Context context;
    compile(parse_problem("fwd f32 nchw n1 c4 k4 i8x8 f3x3"), {}, context);
    const std::size_t cached = context.cache_statistics().entries;
    try {
      context.load_tuning(path);
      ADD_FAILURE() << path << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Io) << error.what();
    }
    EXPECT_EQ(context.cache_statistics().entries, cached) << path;
  }
}

TEST(TuningFiles, ALinkStaysOneAndIsReadBack) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "faltung_tuning_files";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  std::filesystem::create_symlink("records", folder / "link");
  Context context, again;
  context.load_tuning_text("1e-6 reference - " + print(parse_problem("fwd f32 nchw n1 c4 k4 i8x8 f3x3")) + "\n");
  context.save_tuning((folder / "link").string());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  again.load_tuning((folder / "records").string());
  EXPECT_EQ(again.tuning_text(), context.tuning_text());
  EXPECT_FALSE(context.tuning_text().empty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace faltung
