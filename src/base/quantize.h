// Integers of 8 bits that stand for real numbers: their range, and how a number becomes one.
#pragma once

#include <cmath>
#include <cstdint>

#include "faltung/dtype.h"

namespace faltung {

// What an integer of 8 bits may be; zero points of other types are 0.
struct ZeroRange {
  std::int32_t low = 0, high = 0;
  constexpr bool holds(std::int32_t zero) const noexcept { return zero >= low && zero <= high; }
};
constexpr ZeroRange zero_range(DType dtype) noexcept {
  return dtype == DType::i8 ? ZeroRange{-128, 127} : dtype == DType::u8 ? ZeroRange{0, 255} : ZeroRange{};
}

// Rounded to nearest, ties to even, and moved by the zero point; saturates.
inline std::int32_t requantized(float value, std::int32_t zero, ZeroRange range) noexcept {
  const float rounded = std::nearbyint(value);
  if (!(rounded > static_cast<float>(range.low - zero))) return range.low;
  return rounded >= static_cast<float>(range.high - zero) ? range.high : static_cast<std::int32_t>(rounded) + zero;
}

}  // namespace faltung
