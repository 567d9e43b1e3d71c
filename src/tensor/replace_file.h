// How replace_file() works: apart, so that tests reach both ways on any file system.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace faltung {

struct ReplacedFile {
  std::filesystem::path path, folder;  // behind symbolic links
  std::optional<struct stat> old;      // the file that is there: whose it is and its permissions stay
  mode_t mode = 0666;                  // of one that is new, less the process's mask
};

// By a file without a name; false where the file system has none such.
bool replace_unnamed(const ReplacedFile& target, std::span<const std::byte> bytes);
// By a file with a temporary name; signals to the calling thread wait meanwhile.
void replace_named(const ReplacedFile& target, std::span<const std::byte> bytes);

}  // namespace faltung
