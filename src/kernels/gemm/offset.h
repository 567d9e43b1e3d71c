// Offsets of elements that may not exist. Far outside the tensor they may overflow 64 bits; with wrap-around they still
// add up to the right offset for every element that exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace faltung::gemm {

constexpr std::int64_t times(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
constexpr std::int64_t plus(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Pointer arithmetic on integers: a pointer that is not dereferenced may be out of bounds.
template <class T>
T* element(T* base, std::int64_t offset) noexcept {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(base) + static_cast<std::uint64_t>(offset) * sizeof(T));
}

// An element that may be misaligned for its type: pairs of real numbers are read as complex ones.
template <class U>
U read(const void* from) noexcept {
  U value;
  std::memcpy(&value, from, sizeof(U));
  return value;
}

}  // namespace faltung::gemm
