#include "support/files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "command.h"

namespace faltung::cli {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void fail(const char* what, const fs::path& path, int error = errno) {
  throw Failure(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

// A file that goes away unless it was renamed to what it is meant to be.
class Temporary {
 public:
  explicit Temporary(const fs::path& target) : target_(target), name_(target.string() + ".XXXXXX") {
    descriptor_ = ::mkstemp(name_.data());
    if (descriptor_ < 0) fail("create a file next to", target_);
  }
  ~Temporary() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", target_);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void become_target() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(descriptor_, 0666 & ~mask);  // mkstemp's files are private
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) fail("write", target_);
    if (::rename(name_.c_str(), target_.c_str()) != 0) fail("write", target_);
    name_.clear();
  }

 private:
  fs::path target_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace

std::vector<std::byte> read_file(const fs::path& path, std::size_t limit) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) fail("read", path);
  std::vector<std::byte> bytes;
  constexpr std::size_t chunk = std::size_t{1} << 20;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + chunk);
    const std::size_t got = std::fread(bytes.data() + before, 1, chunk, file.get());
    bytes.resize(before + got);
    if (std::ferror(file.get())) fail("read", path);
    if (bytes.size() > limit) throw Failure(fmt::format("{} is larger than {} MiB", path.string(), limit >> 20));
    if (got < chunk) return bytes;
  }
}

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  Temporary file(path);
  file.write(bytes);
  file.become_target();
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Failure(fmt::format("cannot create the folder {}: {}", folder.string(), error.message()));
  if (!fs::is_directory(folder)) throw Failure(fmt::format("{} is not a folder", folder.string()));
}

void refuse_overwrite(const fs::path& input, const fs::path& output) {
  std::error_code error;
  if (!fs::equivalent(input, output, error)) return;
  throw UsageError(fmt::format("{} is the input; name another file as --output", output.string()));
}

}  // namespace faltung::cli
