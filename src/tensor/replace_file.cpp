// A file is written whole before it gets its name. Until then it has none, so that nothing is left of it whatever ends
// the program; on file systems that cannot do that it has a temporary name, and signals wait.
#include "tensor/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>

#include "base/blocked_signals.h"
#include "faltung/io.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error = errno) {
  throw Error(ErrorCode::Io, fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(error)));
}

// Those of the calling thread, but for what its own instructions raise; the library's other threads take none.
BlockedSignals signals_wait() noexcept { return BlockedSignals({SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}); }

class File {
 public:
  File(const fs::path& path, int flags, mode_t mode = 0666)
      : descriptor_(::open(path.c_str(), flags | O_WRONLY | O_CLOEXEC, mode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool opened() const noexcept { return descriptor_ >= 0; }

  void write(std::span<const std::byte> bytes, const fs::path& shown) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(shown);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  // What the disk has no room for is known after this, not before.
  void complete(std::span<const std::byte> bytes, const ReplacedFile& target) const {
    write(bytes, target.path);
    if (target.old) take_over(*target.old, target.path);
    if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(target.path);  // EINVAL: a file system without
  }
  bool link(const fs::path& name) const {
    const std::string self = fmt::format("/proc/self/fd/{}", descriptor_);
    return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }

 private:
  // Only root may give files away; who may write to another's file becomes its owner.
  void take_over(const struct stat& old, const fs::path& shown) const {
    [[maybe_unused]] const int given = ::fchown(descriptor_, old.st_uid, old.st_gid);
    if (::fchmod(descriptor_, old.st_mode & 0777) != 0) fail(shown);
  }

  int descriptor_;
};

// As short for every target: a name may have 255 bytes.
fs::path temporary_name(const ReplacedFile& target) {
  std::random_device random;
  return target.folder / fmt::format(".faltung-{:08x}{:08x}", random(), random());
}

void rename_or_remove(const fs::path& temporary, const ReplacedFile& target) {
  if (::rename(temporary.c_str(), target.path.c_str()) == 0) return;
  const int error = errno;
  ::unlink(temporary.c_str());
  fail(target.path, error);
}

fs::path behind_links(const fs::path& path) {
  constexpr int most_links = 40;  // as Linux follows
  fs::path target = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(target, error); ++links) {
    if (links == most_links) fail(path, ELOOP);
    target = target.parent_path() / fs::read_symlink(target, error);
    if (error) fail(path, error.value());
  }
  return target;
}

}  // namespace

bool replace_unnamed(const ReplacedFile& target, std::span<const std::byte> bytes) {
#ifdef O_TMPFILE
  const File file(target.folder, O_TMPFILE, target.mode);
  if (!file.opened()) return false;
  file.complete(bytes, target);
  const fs::path temporary = temporary_name(target);
  const BlockedSignals scope = signals_wait();
  if (!file.link(temporary)) return false;
  rename_or_remove(temporary, target);
  return true;
#else
  return false;
#endif
}

void replace_named(const ReplacedFile& target, std::span<const std::byte> bytes) {
  const fs::path temporary = temporary_name(target);
  const BlockedSignals scope = signals_wait();
  const File file(temporary, O_CREAT | O_EXCL, target.mode);
  if (!file.opened()) fail(target.path);
  try {
    file.complete(bytes, target);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  rename_or_remove(temporary, target);
}

void replace_file(const std::string& path, std::span<const std::byte> bytes) {
  struct stat old {};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {  // a device or a pipe
    const File file(path, 0);
    if (!file.opened()) fail(path);
    return file.write(bytes, path);
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) fail(path);
  ReplacedFile target{behind_links(path), ".", exists ? std::optional(old) : std::nullopt};
  if (target.path.has_parent_path()) target.folder = target.path.parent_path();
  if (!replace_unnamed(target, bytes)) replace_named(target, bytes);
}

}  // namespace faltung
