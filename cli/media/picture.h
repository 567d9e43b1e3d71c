// Pictures: PNG in and out, and one that the program makes by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

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

// Every PNG: palettes and transparency are expanded, gray below 8 bits becomes 8 bits. The bytes may be hostile:
// extents are checked against max_pixels, what so many bytes can hold and the memory they may take before anything is
// allocated. Throws Failure.
Picture parse_png(std::span<const std::byte> bytes);
std::vector<std::byte> format_png(const Picture& picture);

// Smooth gradients, hard edges, thin lines and fine texture: something to see in every filter.
Picture synthetic_picture(std::int64_t height = 384, std::int64_t width = 512);

}  // namespace faltung::cli
