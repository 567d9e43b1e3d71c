// Copies of rows that are mostly shorter than a call of memcpy is worth.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace faltung::window {

// Blocks of a size that the compiler knows, the last one overlapping the one before.
template <class T>
inline void short_copy(T* to, const T* from, std::int64_t count) {
  constexpr std::int64_t block = 32 / sizeof(T), half = block / 2;
  const auto copy = [&](auto size, std::int64_t at) { std::memcpy(to + at, from + at, size * sizeof(T)); };
  if (count >= block) {
    constexpr std::integral_constant<std::size_t, block> whole;
    std::int64_t i = 0;
    for (; i + block <= count; i += block) copy(whole, i);
    if (i < count) copy(whole, count - block);
  } else if (count >= half) {
    constexpr std::integral_constant<std::size_t, half> some;
    copy(some, 0);
    copy(some, count - half);
  } else {
    for (std::int64_t i = 0; i < count; ++i) copy(std::integral_constant<std::size_t, 1>(), i);
  }
}

}  // namespace faltung::window
