// Reads a safetensors header of 20 MB, all of it names of tensors without elements, in twelve times that.
#include <cstdio>
#include <cstring>
#include <string>

#include "faltung/io.h"
#include "memory/address_space.h"

namespace {

constexpr std::size_t header_bytes = 20'000'000, times = 12;

std::vector<std::byte> hostile_file(bool metadata) {
  std::string header =
      metadata ? R"({"__metadata__":{"":"")" : R"({"":{"dtype":"I8","shape":[0],"data_offsets":[0,0]})";
  for (int i = 0; header.size() < header_bytes; ++i)
    header +=
        ",\"" + std::to_string(i) + (metadata ? R"(":"")" : R"(":{"dtype":"I8","shape":[0],"data_offsets":[0,0]})");
  header += metadata ? "}}" : "}";
  std::vector<std::byte> file(8 + header.size());
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  const bool metadata = argc > 1 && std::strcmp(argv[1], "metadata") == 0;
  const std::vector<std::byte> file = hostile_file(metadata);
  faltung::test::limit_address_space_to_further(times * header_bytes);
  try {
    const faltung::TensorFile read = faltung::parse_safetensors(file);
    return read.tensors.size() + read.metadata.size() > 100'000 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
