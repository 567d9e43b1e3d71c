// Types of elements that no tensor has, as files and other libraries hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "faltung/tensor.h"

namespace faltung {

enum class ForeignType : std::uint8_t { i16, u16, u32, u64, f8_e4m3, f8_e5m2, f8_e8m0 };

std::string_view name_of(ForeignType type) noexcept;  // "i16", …

// A type of tensors with elements of that size, to copy them by.
constexpr DType carrier_of(ForeignType type) noexcept {
  switch (type) {
    case ForeignType::i16:
    case ForeignType::u16:
      return DType::f16;
    case ForeignType::u32:
      return DType::i32;
    case ForeignType::u64:
      return DType::i64;
    default:
      return DType::i8;
  }
}

// The type of elements that are stored somewhere: one of tensors, or a foreign one with its carrier.
struct StoredType {
  DType dtype = DType::f32;
  std::optional<ForeignType> foreign{};

  constexpr StoredType() noexcept = default;
  constexpr StoredType(DType type) noexcept : dtype(type) {}
  constexpr StoredType(ForeignType type) noexcept : dtype(carrier_of(type)), foreign(type) {}
  friend constexpr bool operator==(const StoredType&, const StoredType&) = default;
};

// A tensor in C order of these elements, as many as it needs, converted as copy() converts.
Tensor converted(std::span<const std::byte> bytes, const Dims& sizes, ForeignType from, DType to);

// A tensor that was read, with elements of that type, in the type that is asked for; it may be changed. `swapped`: the
// bytes of its numbers are in the other order than this machine's.
Tensor as_asked_for(const Tensor& stored, const StoredType& type, bool swapped, std::optional<DType> dtype);

// For messages: what can be read though no tensor has it, and how.
[[noreturn]] void refuse_foreign(std::string_view source, std::string_view type);

}  // namespace faltung
