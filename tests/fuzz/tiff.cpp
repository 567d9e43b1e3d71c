// Any bytes are a picture or a Failure; a picture survives being written and read again.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "command.h"
#include "media/picture.h"

namespace {

using namespace faltung::cli;

std::optional<Picture> parsed(std::span<const std::byte> bytes) {
  try {
    return parse_tiff(bytes);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto picture = parsed(std::as_bytes(std::span(data, size)));
  if (!picture || picture->samples.size() > 1 << 24) return 0;  // writing takes longer than reading
  const auto again = parsed(format_tiff(*picture));
  if (!again || again->samples != picture->samples || again->width != picture->width) std::abort();
  if (again->depth != picture->depth || again->alpha != picture->alpha) std::abort();
  return 0;
}
