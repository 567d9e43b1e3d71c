#include "media/picture.h"

#include <fmt/format.h>

#include "command.h"

namespace faltung::cli {

namespace {

void check_library(Format format) {
  if (format != Format::jpeg && format != Format::tiff) return;
  const LibraryReport library = format == Format::jpeg ? jpeg_library() : tiff_library();
  if (library.version.empty())
    throw UsageError(fmt::format("this program was built without {}: {} is neither read nor written; there is PNG",
                                 library.name, format == Format::jpeg ? "JPEG" : "TIFF"));
}

}  // namespace

void check_fit(const std::string& place, Format format, const Picture& picture) {
  check_library(format);
  if (format != Format::jpeg || (!picture.alpha && picture.depth == 8)) return;
  throw UsageError(fmt::format("{}: JPEG has no {}; write .png or .tif", place, picture.alpha ? "alpha" : "16 bits"));
}

Picture parse_picture(Format format, std::span<const std::byte> bytes) {
  check_library(format);
  if (format == Format::jpeg) return parse_jpeg(bytes);
  return format == Format::tiff ? parse_tiff(bytes) : parse_png(bytes);
}

std::vector<std::byte> format_picture(Format format, const Picture& picture) {
  check_library(format);
  if (format == Format::jpeg) return format_jpeg(picture);
  return format == Format::tiff ? format_tiff(picture) : format_png(picture);
}

}  // namespace faltung::cli
