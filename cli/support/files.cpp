#include "support/files.h"

#include <fmt/format.h>

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
  if (!fs::equivalent(input, output, error)) return;
  throw UsageError(fmt::format("{} is the input; name another file as --output", output.string()));
}

}  // namespace faltung::cli
