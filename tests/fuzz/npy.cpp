// Any bytes are an npy array or an Error; an array survives being written and read again.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "faltung/io.h"

namespace {

std::optional<faltung::Tensor> parsed(std::span<const std::byte> bytes, std::optional<faltung::DType> dtype = {}) {
  try {
    return faltung::parse_npy(bytes, dtype);
  } catch (const faltung::Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  parsed(bytes, faltung::DType::bf16);
  auto tensor = parsed(bytes);
  if (tensor && faltung::list_npy(bytes).bytes != tensor->numel() * static_cast<std::int64_t>(size_of(tensor->dtype)))
    std::abort();
  if (!tensor) tensor = parsed(bytes, faltung::DType::f32);
  if (!tensor) return 0;
  const auto written = faltung::format_npy(*tensor);
  const auto again = parsed(written);
  if (!again || again->sizes != tensor->sizes || again->dtype != tensor->dtype) std::abort();
  if (faltung::format_npy(*again) != written) std::abort();
  return 0;
}
