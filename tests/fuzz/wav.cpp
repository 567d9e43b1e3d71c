// Any bytes are a sound or a Failure; a sound survives being written and read again.
#include "media/wav.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "command.h"

namespace {

using namespace faltung::cli;

std::optional<Sound> parsed(std::span<const std::byte> bytes) {
  try {
    return parse_wav(bytes);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sound = parsed(std::as_bytes(std::span(data, size)));
  if (!sound) return 0;
  const auto written = format_wav(sound->format, sound->channels);
  const auto again = parsed(written);
  if (!again || again->channels.sizes != sound->channels.sizes) std::abort();
  if (again->format.rate != sound->format.rate || again->format.bits != sound->format.bits) std::abort();
  if (format_wav(again->format, again->channels) != written) std::abort();
  return 0;
}
