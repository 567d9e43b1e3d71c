#include "context/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/no_write_signals.h"

namespace faltung {
namespace {

bool may_be_tried_again(int descriptor) noexcept {
  if (errno == EINTR) return true;
  if (errno != EAGAIN) return false;
  pollfd space{descriptor, POLLOUT, 0};
  return ::poll(&space, 1, -1) >= 0 || errno == EINTR;
}

bool write_whole(int descriptor, std::string_view text) noexcept {
  const NoWriteSignals guard;
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && may_be_tried_again(descriptor)) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A pipe that nobody reads is an error here, not a wait.
int open_to_append(const char* name) noexcept {
  const int descriptor = ::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, O_APPEND);
  return descriptor;
}

}  // namespace

TraceFile::TraceFile(std::string name) : name_(std::move(name)) {
  if (name_ == "1") {
    descriptor_ = STDERR_FILENO;
    return;
  }
  struct stat status {};
  descriptor_ = open_to_append(name_.c_str());
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) complain();
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

// A program that closes all descriptors gets the number again, for a file of its own.
bool TraceFile::is_still_ours() const noexcept {
  struct stat status {};
  if (descriptor_ == STDERR_FILENO) return true;
  if (::fstat(descriptor_, &status) != 0) return false;
  if (status.st_dev == device_ && status.st_ino == inode_) return true;
  errno = EBADF;
  return false;
}

bool TraceFile::append(std::string_view line) const noexcept {
  return is_still_ours() && write_whole(descriptor_, line);
}

void TraceFile::complain() const noexcept {
  try {
    write_whole(STDERR_FILENO, fmt::format("faltung: nothing more is traced: cannot write to FALTUNG_TRACE={}: {}\n",
                                           name_, std::strerror(errno)));
  } catch (const std::bad_alloc&) {
  }
}

TraceFile trace_file_of_environment() {
  const char* const name =
      ::secure_getenv("FALTUNG_TRACE");  // a program with rights of its own writes no file for others
  if (!name || std::strcmp(name, "") == 0 || std::strcmp(name, "0") == 0) return {};
  return TraceFile(name);
}

}  // namespace faltung
