// Reads arrays of files with no more memory than they take: of a large file the small part that is asked for, or all of
// it once. The files have holes, so that they take no room on the disk.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "faltung/io.h"
#include "memory/address_space.h"

namespace {

namespace fs = std::filesystem;
constexpr std::size_t large = 256 << 20, small = 216, spare = 8 << 20;

// The beginning is written; all else of the file is a hole. Several of these programs may run at once.
fs::path file_of(const char* suffix, const std::string& beginning, std::size_t bytes) {
  const fs::path path = fs::temp_directory_path() / fmt::format("faltung_array_memory_{}{}", ::getpid(), suffix);
  std::ofstream(path, std::ios::binary) << beginning;
  fs::resize_file(path, beginning.size() + bytes);
  return path;
}

fs::path safetensors_file() {
  const std::string header = fmt::format(R"({{"large":{{"dtype":"I8","shape":[{}],"data_offsets":[0,{}]}},)"
                                         R"("small":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}}}})",
                                         large, large, small / 4, large, large + small);
  std::string length(8, '\0');
  const std::uint64_t count = header.size();
  std::memcpy(length.data(), &count, length.size());
  return file_of(".safetensors", length + header, large + small);
}

fs::path npy_file() {
  const std::string header = fmt::format("{{'descr': '|i1', 'fortran_order': False, 'shape': ({},), }}\n", large);
  std::string prefix("\x93NUMPY\x01\x00", 8);
  prefix += {static_cast<char>(header.size()), '\0'};
  return file_of(".npy", prefix + header, large);
}

std::int64_t bytes_read(const std::string& what, const fs::path& path) {
  if (what == "small") return faltung::load_safetensors_tensor(path, "small").numel() * 4;
  if (what == "list") return faltung::list_safetensors(path).tensors.at("small").bytes;
  if (what == "npy") return faltung::load_npy(path).numel();
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : faltung::load_safetensors(path).tensors)
    bytes += tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype));
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const fs::path path = what == "npy" ? npy_file() : safetensors_file();
  const std::size_t wanted = what == "npy" ? large : what == "all" ? large + small : small;
  faltung::test::limit_address_space_to_further(wanted + spare);
  std::int64_t read = 0;
  try {
    read = bytes_read(what, path);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  fs::remove(path);
  return read == static_cast<std::int64_t>(wanted) ? 0 : 1;
}
