#include "media/picture.h"

#include <fmt/format.h>

#include "command.h"

namespace faltung::cli {

void check_fit(const std::string& place, Format format, const Picture& picture) {
  if (format != Format::jpeg || (!picture.alpha && picture.depth == 8)) return;
  throw UsageError(fmt::format("{}: JPEG has no {}; write .png or .tif", place, picture.alpha ? "alpha" : "16 bits"));
}

Picture parse_picture(Format format, std::span<const std::byte> bytes) {
  if (format == Format::jpeg) return parse_jpeg(bytes);
  return format == Format::tiff ? parse_tiff(bytes) : parse_png(bytes);
}

std::vector<std::byte> format_picture(Format format, const Picture& picture) {
  if (format == Format::jpeg) return format_jpeg(picture);
  return format == Format::tiff ? format_tiff(picture) : format_png(picture);
}

}  // namespace faltung::cli
