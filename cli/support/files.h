// Files in, and the folders for files out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace faltung::cli {

// Throws Failure if the file cannot be read or holds more than `limit` bytes. Pipes and devices are read to their end.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t limit);

// The same of standard input, which must not be a terminal.
std::vector<std::byte> read_standard_input(std::size_t limit);

// Replaces the file, whole or not at all; "-" is standard output. Throws Error, or std::system_error for the latter.
void write_file(const std::string& path, std::span<const std::byte> bytes);

// Throws UsageError if standard output is a terminal: what goes there is not text.
void refuse_terminal();

// Memory that a packed file of so many bytes may take, unpacked and worked with. What is stored as it is may take more.
constexpr std::uint64_t most_memory(std::uint64_t packed) { return (std::uint64_t{512} << 20) + 100 * packed; }

// Throws Failure if the folder that `output` is to lie in does not exist: a mistyped name makes none.
void need_folder_of(const std::filesystem::path& output);

// Makes the folder if it is not there; the one above it must be.
void make_folder(const std::filesystem::path& folder);

// Throws UsageError if writing `output` would destroy `input`.
void refuse_overwrite(const std::filesystem::path& input, const std::filesystem::path& output);

}  // namespace faltung::cli
