// Any bytes are a picture or a Failure; a picture survives being written and read again. The checksums of chunks are
// put right first, since few changed files would pass them.
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "command.h"
#include "media/picture.h"

namespace {

using namespace faltung::cli;
using Bytes = std::vector<std::uint8_t>;

std::uint32_t big_endian(const Bytes& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
  return value;
}

// Length, type, data, checksum of the type and the data.
Bytes with_checksums(Bytes bytes) {
  std::size_t at = 8;
  while (at + 12 <= bytes.size()) {
    const std::size_t length = big_endian(bytes, at);
    if (length > bytes.size() - at - 12) break;
    const auto sum = static_cast<std::uint32_t>(crc32(0, &bytes[at + 4], static_cast<uInt>(length + 4)));
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
    at += 12 + length;
  }
  return bytes;
}

std::optional<Picture> parsed(std::span<const std::byte> bytes) {
  try {
    return parse_png(bytes);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = with_checksums({data, data + size});
  const auto picture = parsed(std::as_bytes(std::span(bytes)));
  if (!picture) return 0;
  const auto again = parsed(format_png(*picture));
  if (!again || again->samples != picture->samples || again->width != picture->width) std::abort();
  return 0;
}
