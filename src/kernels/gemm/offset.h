// Offsets of elements that may not exist. Far outside the tensor they can leave 64 bits; wrapped around they still add
// up to the right offset for every element that does exist.
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

// Pointers are made of integers: those that nothing is read through may lie anywhere.
template <class T>
T* element(T* base, std::int64_t offset) noexcept {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(base) + static_cast<std::uint64_t>(offset) * sizeof(T));
}

// An element that need not lie where its type would like to: halves of complex numbers are read as whole ones.
template <class U>
U read(const void* from) noexcept {
  U value;
  std::memcpy(&value, from, sizeof(U));
  return value;
}

}  // namespace faltung::gemm
