#include "tensor/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/convert.h"
#include "base/float_environment.h"
#include "base/visit.h"
#include "tensor/file.h"

namespace faltung {
namespace {

constexpr std::string_view names[] = {"i16", "u16", "u32", "u64", "f8_e4m3", "f8_e5m2", "f8_e8m0"};

// As the OCP specifications of 8-bit and microscaling formats have them. E4M3 has no infinities; E5M2 is the upper half
// of an f16; E8M0 has powers of two and one NaN.
struct Float8E4M3 {
  std::uint8_t bits;
};
struct Float8E5M2 {
  std::uint8_t bits;
};
struct Float8E8M0 {
  std::uint8_t bits;
};

float float_from(Float8E4M3 value) noexcept {
  const int exponent = value.bits >> 3 & 15, fraction = value.bits & 7;
  float magnitude = std::ldexp(static_cast<float>(exponent == 0 ? fraction : 8 + fraction), std::max(exponent, 1) - 10);
  if (exponent == 15 && fraction == 7) magnitude = std::numeric_limits<float>::quiet_NaN();
  return std::copysign(magnitude, value.bits >> 7 ? -1.0f : 1.0f);
}

float float_from(Float8E5M2 value) noexcept {
  return static_cast<float>(std::bit_cast<Half>(static_cast<std::uint16_t>(value.bits << 8)));
}

float float_from(Float8E8M0 value) noexcept {
  return value.bits == 255 ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0f, value.bits - 127);
}

template <class Body>
void visit_foreign(ForeignType type, Body&& body) {
  switch (type) {
    case ForeignType::i16:
      return body(ElementType<std::int16_t>{});
    case ForeignType::u16:
      return body(ElementType<std::uint16_t>{});
    case ForeignType::u32:
      return body(ElementType<std::uint32_t>{});
    case ForeignType::u64:
      return body(ElementType<std::uint64_t>{});
    case ForeignType::f8_e4m3:
      return body(ElementType<Float8E4M3>{});
    case ForeignType::f8_e5m2:
      return body(ElementType<Float8E5M2>{});
    case ForeignType::f8_e8m0:
      return body(ElementType<Float8E8M0>{});
  }
}

// convert() looks at 16-bit floats through an i64. What does not fit there has its low bits gathered in one.
template <class To, class From>
To convert_integer(From value) noexcept {
  if constexpr (is_sixteen_bit_float<To> && std::is_same_v<From, std::uint64_t>)
    if (value >> 63) return convert<To>(static_cast<double>(value >> 11 | ((value & 0x7ff) != 0 ? 1u : 0u)) * 2048.0);
  return convert<To>(value);
}

template <class To, class From>
To convert_foreign(From value) noexcept {
  if constexpr (std::is_class_v<From>)
    return convert<To>(float_from(value));
  else
    return convert_integer<To>(value);
}

// Reverses the bytes of each number of so many bytes.
void swap_bytes(std::span<std::byte> bytes, std::size_t width) noexcept {
  for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(width))
    std::reverse(at, at + static_cast<std::ptrdiff_t>(width));
}

}  // namespace

std::string_view name_of(ForeignType type) noexcept { return names[static_cast<std::size_t>(type)]; }

Tensor converted(std::span<const std::byte> bytes, const Dims& sizes, ForeignType from, DType to) {
  const DefaultFloatEnvironment scope;
  Tensor result = Tensor::empty(sizes, to);
  visit_foreign(from, [&]<class From>(ElementType<From>) {
    visit_with_u8(to, [&]<class To>(ElementType<To>) {
      for (std::size_t i = 0; i * sizeof(From) < bytes.size(); ++i) {
        std::array<std::byte, sizeof(From)> element;
        std::memcpy(element.data(), bytes.data() + i * sizeof(From), sizeof(From));
        result.as<To>()[i] = convert_foreign<To>(std::bit_cast<From>(element));
      }
    });
  });
  return result;
}

Tensor as_asked_for(const Tensor& stored, const StoredType& type, bool swapped, std::optional<DType> dtype) {
  if (swapped) swap_bytes({stored.as<std::byte>(), bytes_of(stored).size()}, size_of(real_of(stored.dtype)));
  if (type.foreign) return converted(bytes_of(stored), stored.sizes, *type.foreign, dtype.value());
  return dtype && *dtype != stored.dtype ? cast(stored, *dtype) : stored;
}

void refuse_foreign(std::string_view source, std::string_view type) {
  throw Error(
      ErrorCode::InvalidArgument,
      fmt::format("{}: the elements are {}, which no tensor has; give a type to convert them to", source, type));
}

}  // namespace faltung
