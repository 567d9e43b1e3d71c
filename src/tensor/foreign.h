// Types of elements that no tensor has, as files and other libraries hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "faltung/tensor.h"

namespace faltung {

enum class ForeignType : std::uint8_t { i16, u8, u16, u32, u64, f8_e4m3, f8_e5m2, f8_e8m0 };

std::string_view name_of(ForeignType type) noexcept;  // "i16", …
// A type of tensors with elements of that size, to copy them by.
DType carrier_of(ForeignType type) noexcept;

// A tensor in C order of these elements, as many as it needs, converted as copy() converts.
Tensor converted(std::span<const std::byte> bytes, const Dims& sizes, ForeignType from, DType to);

// A tensor that was read, with elements as these say, in the type that is asked for; it may be changed. `swapped`: the
// bytes of its numbers are in the other order than this machine's.
Tensor as_asked_for(const Tensor& stored, std::optional<ForeignType> foreign, bool swapped, std::optional<DType> dtype);

// For messages: what can be read though no tensor has it, and how.
[[noreturn]] void refuse_foreign(std::string_view source, std::string_view type);

}  // namespace faltung
