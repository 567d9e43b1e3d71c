#include "tensor/replace_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "faltung/io.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder of its own with the file "old".
class ReplaceFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::path(testing::TempDir()) / "faltung-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    old_ = folder_ / "old";
    std::ofstream(old_) << "as it was";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  ErrorCode refusal(const fs::path& path, std::span<const std::byte> content) {
    try {
      replace_file(path.string(), content);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      return error.code();
    }
    ADD_FAILURE() << path << " was written";
    return {};
  }

  fs::path folder_, old_;
};

// Writes until files may grow no further, as on a full disk.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = size;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

const std::string large(1 << 20, 'x');

TEST_F(ReplaceFile, TheNewOneIsThereAndNothingElse) {
  replace_file(old_.string(), bytes("new"));
  replace_file((folder_ / "other").string(), bytes("first"));
  EXPECT_EQ(text_of(old_), "new");
  EXPECT_EQ(text_of(folder_ / "other"), "first");
  EXPECT_EQ(files(), 2u);
}

TEST_F(ReplaceFile, BothWaysReplaceIt) {
  const ReplacedFile target{old_, folder_, {}};
  replace_named(target, bytes("named"));
  EXPECT_EQ(text_of(old_), "named");
  const bool has_unnamed = replace_unnamed(target, bytes("unnamed"));
  EXPECT_EQ(text_of(old_), has_unnamed ? "unnamed" : "named");
  EXPECT_EQ(files(), 1u);
}

TEST_F(ReplaceFile, AFullDiskLeavesTheOldOne) {
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  {
    const SmallFiles scope(4096);
    EXPECT_EQ(refusal(old_, bytes(large)), ErrorCode::Io);
    EXPECT_THROW(replace_named({old_, folder_, {}}, bytes(large)), Error);
  }
  std::signal(SIGXFSZ, before);
  EXPECT_EQ(text_of(old_), "as it was");
  EXPECT_EQ(files(), 1u);
}

TEST_F(ReplaceFile, ASignalThatEndsTheProgramLeavesTheOldOne) {
  for (const bool named : {false, true}) {
    const pid_t child = ::fork();
    if (child == 0) {  // the signal comes in the middle of writing
      std::signal(SIGXFSZ, SIG_DFL);
      const SmallFiles scope(4096);
      const ReplacedFile target{old_, folder_, {}};
      try {
        if (named || !replace_unnamed(target, bytes(large))) replace_named(target, bytes(large));
      } catch (const Error&) {
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) << status;
    EXPECT_EQ(text_of(old_), "as it was");
    EXPECT_EQ(files(), 1u);
  }
}

TEST_F(ReplaceFile, SymbolicLinksAreFollowed) {
  fs::create_directory(folder_ / "below");
  fs::create_symlink("../old", folder_ / "below" / "link");
  fs::create_symlink("below/link", folder_ / "chain");
  replace_file((folder_ / "chain").string(), bytes("new"));
  EXPECT_EQ(text_of(old_), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "chain") && fs::is_symlink(folder_ / "below" / "link"));
  fs::create_symlink("born", folder_ / "dangling");
  replace_file((folder_ / "dangling").string(), bytes("new"));
  EXPECT_EQ(text_of(folder_ / "born"), "new");
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_EQ(refusal(folder_ / "loop", bytes("new")), ErrorCode::Io);
}

TEST_F(ReplaceFile, APipeIsWrittenToAndADeviceStaysOne) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = text_of(pipe); });
  replace_file(pipe.string(), bytes("through"));
  reader.join();
  EXPECT_EQ(read, "through");
  EXPECT_TRUE(fs::is_fifo(pipe));
  fs::create_symlink("/dev/full", folder_ / "full");
  EXPECT_EQ(refusal(folder_ / "full", bytes("new")), ErrorCode::Io);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "full"));
}

TEST_F(ReplaceFile, PermissionsAndOwnerAreKept) {
  const bool root = ::geteuid() == 0;  // who may give files away
  for (const mode_t mode : {0604u, 0200u}) {
    ::chmod(old_.c_str(), mode);
    ASSERT_EQ(::chown(old_.c_str(), root ? 1 : ::geteuid(), root ? 2 : ::getegid()), 0);
    replace_file(old_.string(), bytes("new"));
    struct stat after {};
    ::stat(old_.c_str(), &after);
    EXPECT_EQ(after.st_mode & 07777, mode);
    EXPECT_EQ(after.st_uid, root ? 1u : ::geteuid());
  }
}

TEST_F(ReplaceFile, ANameMayBeAsLongAsTheSystemAllows) {
  const fs::path longest = folder_ / std::string(255, 'n');
  replace_file(longest.string(), bytes("first"));
  replace_named({longest, folder_, {}}, bytes("second"));
  EXPECT_EQ(text_of(longest), "second");
}

TEST_F(ReplaceFile, AFolderIsRefused) {
  EXPECT_EQ(refusal(folder_, bytes("new")), ErrorCode::Io);
  EXPECT_EQ(refusal(folder_ / "absent" / "file", bytes("new")), ErrorCode::Io);
}

}  // namespace
}  // namespace faltung
