#include "tuning/store_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <system_error>

#include "base/no_write_signals.h"
#include "faltung/error.h"
#include "tensor/replace_file.h"

namespace faltung {
namespace {

constexpr std::size_t most_bytes = 64 << 10;  // of a file: a record has a few hundred

std::string words_for(int error) { return std::generic_category().message(error); }
bool is_missing(int error) noexcept { return error == ENOENT || error == ENOTDIR; }

std::string fault_of(const struct stat& status, bool wants_folder) {
  if (S_ISLNK(status.st_mode)) return "a symbolic link is not followed";
  if (wants_folder ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode))
    return wants_folder ? "it is no folder" : "it is no regular file";
  if (status.st_uid != ::geteuid() && status.st_uid != 0) return "it belongs to another user";
  if (status.st_mode & S_IWOTH) return "all users may write to it";
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)  // a pipe is not waited for
      : number_(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const noexcept { return number_; }

 private:
  int number_;
};

std::string read_all(int descriptor, std::string& fault) {
  std::string text(most_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(descriptor, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fault = words_for(errno);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most_bytes) fault = "it is too long for a record";
  text.resize(size);
  return text;
}

}  // namespace

FolderState look_at_folder(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return {.fault = fault_of(status, true)};
  if (is_missing(errno)) return {.missing = true};
  return {.fault = words_for(errno)};
}

FileText read_store_file(const std::string& path) {
  const Descriptor file(path);
  FileText result;
  if (file.number() < 0) {
    result.missing = is_missing(errno);
    if (!result.missing) result.fault = errno == ELOOP ? "a symbolic link is not followed" : words_for(errno);
    return result;
  }
  struct stat status {};
  result.fault = ::fstat(file.number(), &status) == 0 ? fault_of(status, false) : words_for(errno);
  if (result.fault.empty()) result.text = read_all(file.number(), result.fault);
  return result;
}

bool store_file_exists(const std::string& path) noexcept {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

void make_store_folder(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
  const int error = errno;
  const FolderState state = look_at_folder(path);
  if (made && state) return;
  throw Error(ErrorCode::Io,
              fmt::format("cannot use the folder {}: {}", path, state.fault.empty() ? words_for(error) : state.fault));
}

void write_store_file(const std::string& folder, const std::string& name, std::string_view text) {
  const ReplacedFile target{.path = folder + "/" + name, .folder = folder, .old = {}, .mode = 0644};
  const auto bytes = std::as_bytes(std::span(text));
  const NoWriteSignals guard;
  if (!replace_unnamed(target, bytes)) replace_named(target, bytes);
}

}  // namespace faltung
