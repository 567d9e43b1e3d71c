// Addition and multiplication that wrap around for integers, instead of undefined overflow, and are ordinary for other
// types.
#pragma once

#include <type_traits>

#include "base/host_device.h"

namespace faltung {

template <class T>
FALTUNG_HOST_DEVICE T wrapping_add(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
  } else {
    return a + b;
  }
}

template <class T>
FALTUNG_HOST_DEVICE T wrapping_multiply(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Unsigned>(a) * static_cast<Unsigned>(b));
  } else {
    return a * b;
  }
}

}  // namespace faltung
