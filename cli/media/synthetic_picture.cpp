#include <algorithm>
#include <array>
#include <cmath>

#include "media/picture.h"

namespace faltung::cli {
namespace {

using Colour = std::array<double, 3>;  // 0 to 1

Colour mix(const Colour& a, const Colour& b, double share) {
  Colour out;
  for (std::size_t i = 0; i < 3; ++i) out[i] = a[i] + (b[i] - a[i]) * share;
  return out;
}

// The same on every machine: no library's random numbers.
double noise(std::int64_t row, std::int64_t column) {
  auto bits = static_cast<std::uint32_t>(row * 73856093) ^ static_cast<std::uint32_t>(column * 19349663);
  bits = (bits ^ (bits >> 13)) * 0x5bd1e995U;
  return static_cast<double>((bits ^ (bits >> 15)) & 0xffffU) / 65535.0;
}

constexpr double aspect = 4.0 / 3.0;  // so that circles are round

// Coordinates run from 0 to 1 in each quarter.
Colour zone_plate(double v, double u) {
  const double x = (u - 0.5) * aspect, y = v - 0.5, radius2 = x * x + y * y;
  const double wave = 0.5 + 0.5 * std::cos(210 * radius2);
  return {wave, wave, 0.2 + 0.8 * wave};
}

Colour ball(double v, double u) {
  const Colour sky = mix({0.35, 0.55, 0.9}, {0.95, 0.85, 0.7}, v);
  const double x = (u - 0.5) * aspect / 0.35, y = (v - 0.5) / 0.35, radius2 = x * x + y * y;
  if (radius2 > 1) return sky;
  const double light = std::max(0.0, -0.5 * x - 0.6 * y + 0.62 * std::sqrt(1 - radius2));
  return mix({0.25, 0.02, 0.05}, {1.0, 0.45, 0.3}, light);
}

Colour bricks(double v, double u, std::int64_t row, std::int64_t column) {
  const double line = std::floor(v * 9);
  const double along = u * 6 + (static_cast<std::int64_t>(line) % 2 == 0 ? 0.0 : 0.5);
  const bool joint = v * 9 - line < 0.12 || along - std::floor(along) < 0.07;
  const Colour colour = joint ? Colour{0.75, 0.73, 0.7} : Colour{0.6, 0.28, 0.2};
  return mix(colour, {0, 0, 0}, 0.25 * noise(row, column));
}

Colour shapes(double v, double u) {
  if (v > 0.55 && u < 0.45) {
    const auto cell = static_cast<std::int64_t>(v * 24) + static_cast<std::int64_t>(u * 24);
    return cell % 2 == 0 ? Colour{0.95, 0.95, 0.95} : Colour{0.08, 0.08, 0.1};
  }
  if (v < 0.5 && std::abs(u - 0.3) < 0.5 * v * 0.9) return {0.1, 0.5, 0.35};
  if (u > 0.6 && std::fmod(u * 40, 2.0) < 0.25 * (1 + 3 * v)) return {0.1, 0.1, 0.35};
  return mix({0.98, 0.9, 0.55}, {0.9, 0.6, 0.3}, u);
}

Colour colour_at(std::int64_t row, std::int64_t column, std::int64_t height, std::int64_t width) {
  const double v = 2.0 * (static_cast<double>(row) + 0.5) / static_cast<double>(height);
  const double u = 2.0 * (static_cast<double>(column) + 0.5) / static_cast<double>(width);
  if (v < 1) return u < 1 ? ball(v, u) : zone_plate(v, u - 1);
  return u < 1 ? shapes(v - 1, u) : bricks(v - 1, u - 1, row, column);
}

}  // namespace

Picture synthetic_picture(std::int64_t height, std::int64_t width) {
  Picture picture{.height = height, .width = width};
  picture.samples.reserve(static_cast<std::size_t>(height * width * 3));
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      for (double value : colour_at(row, column, height, width)) {
        picture.samples.push_back(static_cast<std::uint16_t>(std::lround(255 * std::clamp(value, 0.0, 1.0))));
      }
    }
  }
  return picture;
}

}  // namespace faltung::cli
