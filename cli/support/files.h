// Whole files in, whole files out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace faltung::cli {

// Throws Failure if the file cannot be read or holds more than `limit` bytes. Pipes and devices are read to their end.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t limit);

// Writes under a temporary name next to `path` and renames: either the whole file is there afterwards or the old one.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

// Makes the folder and those above it.
void make_folder(const std::filesystem::path& folder);

// Throws UsageError if writing `output` would destroy `input`.
void refuse_overwrite(const std::filesystem::path& input, const std::filesystem::path& output);

}  // namespace faltung::cli
