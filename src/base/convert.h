// Conversions between element types with a single rounding.
#pragma once

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "faltung/dtype.h"

namespace faltung {

template <class T>
inline constexpr bool is_sixteen_bit_float = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;
template <class T>
inline constexpr bool is_complex_type = false;
template <class R>
inline constexpr bool is_complex_type<std::complex<R>> = true;

// To f32, rounding to odd: an inexact result gets an odd last bit. A later rounding to 16 bits is then the same as one
// directly from f64 (no double rounding).
inline float round_to_odd(double value) noexcept {
  const auto nearest = static_cast<float>(value);
  const auto word = std::bit_cast<std::uint32_t>(nearest);
  if (static_cast<double>(nearest) == value || !std::isfinite(nearest) || (word & 1u)) return nearest;
  const bool too_large = std::abs(static_cast<double>(nearest)) > std::abs(value);
  return std::bit_cast<float>(too_large ? word - 1 : word + 1);
}

// An integer as a double that rounds correctly to 16 bits: bits that the double cannot hold become one odd bit.
inline double round_to_odd(std::int64_t value) noexcept {
  constexpr std::int64_t exact = std::int64_t(1) << 53;
  if (value >= -exact && value <= exact) return static_cast<double>(value);
  const std::int64_t low = value & 0x3ff;
  return static_cast<double>((value - low) | (low != 0 ? 0x400 : 0));
}

// To nearest, ties to even; saturates; NaN gives 0.
template <class To, class From>
To round_to_integer(From value) noexcept {
  if (std::isnan(value)) return 0;
  const From rounded = std::nearbyint(value), end = std::ldexp(From(1), std::numeric_limits<To>::digits);
  const From low = std::is_signed_v<To> ? -end : From(0);
  if (rounded >= end) return std::numeric_limits<To>::max();
  return rounded < low ? std::numeric_limits<To>::min() : static_cast<To>(rounded);
}

// Integers wrap among themselves. Real numbers round to nearest even and saturate at an integer's limits. Real to
// complex: imaginary part 0. Complex to real drops the imaginary part; callers refuse that where it would be a
// surprise.
template <class To, class From>
To convert(From value) noexcept {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (is_sixteen_bit_float<From>) {
    return convert<To>(static_cast<float>(value));
  } else if constexpr (is_complex_type<From>) {
    if constexpr (is_complex_type<To>) {
      using Part = typename To::value_type;
      return To(static_cast<Part>(value.real()), static_cast<Part>(value.imag()));
    } else {
      return convert<To>(value.real());
    }
  } else if constexpr (is_complex_type<To>) {
    return To(static_cast<typename To::value_type>(value));
  } else if constexpr (is_sixteen_bit_float<To> && std::is_same_v<From, float>) {
    return To(value);
  } else if constexpr (is_sixteen_bit_float<To>) {
    if constexpr (std::is_integral_v<From>)
      return To(round_to_odd(round_to_odd(static_cast<std::int64_t>(value))));
    else
      return To(round_to_odd(static_cast<double>(value)));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return round_to_integer<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace faltung
