#include "tuning/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tuning/layers.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

const std::string here = "device=cpu name=this isa=avx2", there = "device=cpu name=that isa=avx2";

TuningRecord record(const std::string& engine, std::int64_t channels = 2) {
  const std::string text = "fwd f32 nchw n1 c" + std::to_string(channels) + " k2 i6x6 f3x3";
  return {.key = {canonical(parse_problem(text)), 1}, .engine = engine, .seconds = 1e-3, .environment = here};
}

class TuningStore : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::path(testing::TempDir()) / "faltung-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  std::optional<FoundRecord> find(const TuningKey& key, const std::string& environment = here) const {
    return RecordFolder(root_, environment).find(key);
  }
  // Why the one record that is there is not taken.
  std::string fault(const std::string& environment = here) const {
    const auto found = find(record("").key, environment);
    return found ? found->fault : "nothing was found";
  }
  std::string put() const { return put_tuning(root_, record("cpu.gemm")); }
  fs::path records() const { return fs::path(put()).parent_path(); }

  std::string root_;
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(TuningStore, FindsWhatWasPutThereLast) {
  EXPECT_FALSE(find(record("").key));
  put_tuning(root_, record("cpu.window"));
  const std::string path = put();
  const auto found = find(record("").key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->record, record("cpu.gemm"));
  EXPECT_EQ(found->where, path);
  EXPECT_EQ(found->fault, "");
  EXPECT_FALSE(find(record("", 3).key));
  EXPECT_EQ(text_of(fs::path(path).parent_path().parent_path() / "environment.txt"),
            "device=cpu\nname=this\nisa=avx2\n");
}

TEST_F(TuningStore, ARecordOfAnotherEnvironmentIsNotTakenAndSaysWhy) {
  put();
  EXPECT_EQ(fault(there), "measured with name=this, here name=that");
}

TEST_F(TuningStore, WhatIsCutOffOrChangedIsAMissWithItsReason) {
  const fs::path path = put();
  const std::string whole = text_of(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::ofstream(path) << whole.substr(0, size);
    EXPECT_NE(fault(), "") << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] ^= 1;
    std::ofstream(path) << changed;
    EXPECT_NE(fault(), "") << changed;
  }
  std::ofstream(path) << std::string(1 << 20, 'x');
  EXPECT_EQ(fault(), "it is too long for a record");
  std::ofstream(path) << whole;
  EXPECT_EQ(fault(), "");
}

TEST_F(TuningStore, ARecordUnderAnothersNameIsNotTaken) {
  const fs::path other = put_tuning(root_, record("cpu.gemm", 3)), path = put();
  fs::rename(other, path);
  EXPECT_EQ(fault(), "it is of another problem than its name says");
  ASSERT_EQ(list_tuning(root_).size(), 1u);
  EXPECT_EQ(list_tuning(root_).front().fault, fault());
}

TEST_F(TuningStore, NothingButPlainFilesAndFoldersIsFollowed) {
  const fs::path path = put(), elsewhere = fs::path(root_) / "elsewhere";
  fs::rename(path, elsewhere);
  fs::create_symlink(elsewhere, path);
  EXPECT_EQ(fault(), "a symbolic link is not followed");
  put();  // takes the place of the link
  EXPECT_EQ(fault(), "");
  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(fault(), "it is no regular file");
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_EQ(fault(), "it is no regular file");
  EXPECT_THROW(put(), Error);
}

TEST_F(TuningStore, FoldersThatAreLinksOrOpenToAllAreNotUsed) {
  const fs::path folder = records();
  fs::permissions(folder, fs::perms::all);
  EXPECT_EQ(fault(), "all users may write to it");
  EXPECT_THROW(put(), Error);
  fs::permissions(folder, fs::perms::owner_all);
  fs::rename(folder, fs::path(root_) / "elsewhere");
  fs::create_directory_symlink(fs::path(root_) / "elsewhere", folder);
  EXPECT_EQ(fault(), "a symbolic link is not followed");
  EXPECT_THROW(put(), Error);
  EXPECT_EQ(list_tuning(root_).size(), 1u);
}

TEST_F(TuningStore, FilesOfAnotherUserAreNotUsed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const fs::path path = put();
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  EXPECT_EQ(fault(), "it belongs to another user");
  put();  // theirs is replaced, not written to
  EXPECT_EQ(fault(), "");
  ASSERT_EQ(::chown((root_ + "/tuning").c_str(), 12345, 12345), 0);
  EXPECT_EQ(fault(), "it belongs to another user");
  EXPECT_THROW(put(), Error);
}

TEST_F(TuningStore, AFullDiskLeavesTheOldRecord) {
  put();
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit tiny{16, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tiny);
  EXPECT_THROW(put_tuning(root_, record("cpu.window")), Error);
  ::setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(find(record("").key)->record.engine, "cpu.gemm");
  EXPECT_EQ(std::distance(fs::directory_iterator(records()), {}), 1) << "something was left";
}

TEST_F(TuningStore, RecordsOfThePastAndOfTheFutureAreReplacedByWhatIsMeasuredNow) {
  for (const std::int64_t clock : {std::int64_t{1} << 60, std::int64_t{0}, std::int64_t{1796035453}}) {
    TuningRecord now = record("cpu.gemm");
    now.made = clock;
    put_tuning(root_, now);
    EXPECT_EQ(find(now.key)->record.made, clock);
  }
}

TEST_F(TuningStore, AFolderThatIsMissingOrAFileHasNoRecords) {
  EXPECT_TRUE(list_tuning(root_ + "/absent").empty());
  EXPECT_FALSE(RecordFolder(root_ + "/absent", here).find(record("").key));
  std::ofstream(root_ + "/file") << "x";
  EXPECT_FALSE(RecordFolder(root_ + "/file", here).find(record("").key));
  EXPECT_THROW(put_tuning(root_ + "/file", record("cpu.gemm")), Error);
  EXPECT_THROW(put_tuning("", record("cpu.gemm")), Error);
}

TEST_F(TuningStore, TheContextComesFirstThenTheUserThenTheMachine) {
  put_tuning(root_ + "/user", record("users"));
  put_tuning(root_ + "/machine", record("machines"));
  TuningRecords own;
  const auto folders = std::make_shared<const RecordFolders>(
      RecordFolders{RecordFolder(root_ + "/user", here), RecordFolder(root_ + "/machine", here)});
  const auto order = [&](bool reads) {
    std::string names;
    TuningLayers(own, here, reads ? folders : nullptr).find(record("").key, [&](const FoundRecord& found) {
      names += found.record.engine + ' ';
      return false;
    });
    return names;
  };
  EXPECT_EQ(order(true), "users machines ");
  own.add(record("own"));
  EXPECT_EQ(order(true), "own users machines ");
  EXPECT_EQ(order(false), "own ");
}

}  // namespace
}  // namespace faltung
