// Any bytes are a picture or a Failure; a picture that is written can be read again, in its extents.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "command.h"
#include "media/picture.h"

namespace {

using namespace faltung::cli;

std::optional<Picture> parsed(std::span<const std::byte> bytes) {
  try {
    return parse_jpeg(bytes);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto picture = parsed(std::as_bytes(std::span(data, size)));
  if (!picture || picture->width > 4096 || picture->height > 4096) return 0;  // writing takes longer than reading
  const auto again = parsed(format_jpeg(*picture));
  if (!again || again->width != picture->width || again->height != picture->height) std::abort();
  if (again->samples.size() != picture->samples.size()) std::abort();
  return 0;
}
