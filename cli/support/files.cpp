#include "support/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "command.h"
#include "faltung/io.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void fail(const char* what, const fs::path& path, int error = errno) {
  throw Failure(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

std::vector<std::byte> read_all(std::FILE* file, const fs::path& name, std::size_t limit) {
  std::vector<std::byte> bytes;
  constexpr std::size_t chunk = std::size_t{1} << 20;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + chunk);
    const std::size_t got = std::fread(bytes.data() + before, 1, chunk, file);
    bytes.resize(before + got);
    if (std::ferror(file)) fail("read", name);
    if (bytes.size() > limit) throw Failure(fmt::format("{} is larger than {} MiB", name.string(), limit >> 20));
    if (got < chunk) return bytes;
  }
}

}  // namespace

std::vector<std::byte> read_file(const fs::path& path, std::size_t limit) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) fail("read", path);
  return read_all(file.get(), path, limit);
}

std::vector<std::byte> read_standard_input(std::size_t limit) {
  if (::isatty(STDIN_FILENO)) throw UsageError("standard input is a terminal; send a file there: < FILE");
  return read_all(stdin, "standard input", limit);
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  if (path == "-")
    write_bytes(bytes);
  else
    replace_file(path, bytes);
}

void refuse_terminal() {
  if (::isatty(STDOUT_FILENO))
    throw UsageError("standard output is a terminal, and the result is no text; send it to a file: > FILE");
}

void need_folder_of(const fs::path& output) {
  const fs::path folder = output.parent_path();
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return;
  throw Failure(fmt::format("cannot write {}: there is no folder {}", output.string(), folder.string()));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) throw Failure(fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
  if (!fs::is_directory(folder)) throw Failure(fmt::format("{} is not a folder", folder.string()));
}

void refuse_overwrite(const fs::path& input, const fs::path& output) {
  std::error_code error;
  if (input == "-" || output == "-" || !fs::equivalent(input, output, error)) return;
  throw UsageError(fmt::format("{} is the input; name another file as --output", output.string()));
}

}  // namespace faltung::cli
