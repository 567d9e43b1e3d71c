// Any bytes are a safetensors file or an Error; a file survives being written and read again.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = parsed(std::as_bytes(std::span(data, size)));
  if (!file) return 0;
  const auto written = faltung::format_safetensors(*file);
  const auto again = parsed(written);
  if (!again || again->metadata != file->metadata || again->tensors.size() != file->tensors.size()) std::abort();
  if (faltung::format_safetensors(*again) != written) std::abort();
  return 0;
}
