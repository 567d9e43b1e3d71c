// Pictures: PNG, JPEG and TIFF in and out, and one that the program makes by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "faltung/info.h"
#include "media/format.h"

namespace faltung::cli {

// Rows from the top, pixels from the left, channels of a pixel side by side; alpha, if any, comes last.
struct Picture {
  std::int64_t height = 0, width = 0;
  int colours = 3;  // 1 gray, 3 red green blue
  bool alpha = false;
  int depth = 8;  // bits of a sample: 8 or 16
  std::vector<std::uint16_t> samples;

  int channels() const noexcept { return colours + (alpha ? 1 : 0); }
  int greatest() const noexcept { return depth == 16 ? 65535 : 255; }
};

inline constexpr std::int64_t max_pixels = std::int64_t{1} << 26;

// The bytes may be hostile: extents are checked against max_pixels and the memory they may take before anything is
// allocated. Throws Failure, and UsageError if the program was built without the format's library.
Picture parse_picture(Format format, std::span<const std::byte> bytes);
std::vector<std::byte> format_picture(Format format, const Picture& picture);

// Throws UsageError if such a file cannot hold the picture: JPEG has 8 bits and no alpha.
void check_fit(const std::string& place, Format format, const Picture& picture);

// Throws Failure if a file of so many bytes, unpacked and filtered, would take more pixels or memory than is given to
// it. `more`: bytes for each pixel that reading it takes besides.
void check_extents(const Picture& picture, std::size_t file_bytes, int more = 0);

// Palettes and transparency are expanded, gray below 8 bits becomes 8 bits.
Picture parse_png(std::span<const std::byte> bytes);
std::vector<std::byte> format_png(const Picture& picture);

// Gray, or what becomes RGB. Written with quality 95, colours as fine as brightness.
Picture parse_jpeg(std::span<const std::byte> bytes);
std::vector<std::byte> format_jpeg(const Picture& picture);

// The first page: 8 and 16 bits as they are, in strips or tiles; palettes, fewer bits and other colour spaces become 8
// bits. Written packed by LZW.
Picture parse_tiff(std::span<const std::byte> bytes);
std::vector<std::byte> format_tiff(const Picture& picture);

// "libtiff", the version, how it is used or why it is missing.
LibraryReport jpeg_library();
LibraryReport tiff_library();

// Smooth gradients, hard edges, thin lines and fine texture: something to see in every filter.
Picture synthetic_picture(std::int64_t height = 384, std::int64_t width = 512);

}  // namespace faltung::cli
