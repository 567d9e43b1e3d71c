// Any bytes are a safetensors file or an Error; a file survives being written and read again. Each tensor that is
// listed can be read, converted, or is refused, whatever the others are.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "faltung/io.h"

namespace {

std::optional<faltung::TensorFile> parsed(std::span<const std::byte> bytes) {
  try {
    return faltung::parse_safetensors(bytes);
  } catch (const faltung::Error&) {
    return std::nullopt;
  }
}

void read_each(std::span<const std::byte> bytes) {
  faltung::FileContents contents;
  try {
    contents = faltung::list_safetensors(bytes);
  } catch (const faltung::Error&) {
    return;
  }
  for (const auto& [name, tensor] : contents.tensors)
    for (const std::optional<faltung::DType> dtype : {std::optional<faltung::DType>(), {faltung::DType::bf16}}) try {
        const auto read = faltung::parse_safetensors_tensor(bytes, name, dtype);
        if (!std::equal(read.sizes.begin(), read.sizes.end(), tensor.sizes.begin(), tensor.sizes.end())) std::abort();
        if (dtype && read.dtype != *dtype) std::abort();
      } catch (const faltung::Error&) {
      }
}

std::vector<std::byte> written(const faltung::TensorFile& file) {
  try {
    return faltung::format_safetensors(file);
  } catch (const faltung::Error&) {  // complex numbers in as many axes as a tensor has: one more is needed
    return {};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  read_each(input);
  const auto file = parsed(input);
  if (!file) return 0;
  const auto bytes = written(*file);
  if (bytes.empty()) return 0;
  const auto again = parsed(bytes);
  if (!again || again->metadata != file->metadata || again->tensors.size() != file->tensors.size()) std::abort();
  if (faltung::format_safetensors(*again) != bytes) std::abort();
  return 0;
}
