#include "tensor/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/convert.h"
#include "base/visit.h"

namespace faltung {
namespace {

struct Row {
  std::string_view name;
  DType carrier;
};
constexpr std::array<Row, 5> rows{
    {{"i16", DType::f16}, {"u8", DType::i8}, {"u16", DType::f16}, {"u32", DType::i32}, {"u64", DType::i64}}};

const Row& row(ForeignType type) noexcept { return rows[static_cast<std::size_t>(type)]; }

template <class Body>
void visit_foreign(ForeignType type, Body&& body) {
  switch (type) {
    case ForeignType::i16:
      return body(ElementType<std::int16_t>{});
    case ForeignType::u8:
      return body(ElementType<std::uint8_t>{});
    case ForeignType::u16:
      return body(ElementType<std::uint16_t>{});
    case ForeignType::u32:
      return body(ElementType<std::uint32_t>{});
    case ForeignType::u64:
      return body(ElementType<std::uint64_t>{});
  }
}

// convert() looks at 16-bit floats through an i64. What does not fit there has its low bits gathered in one.
template <class To, class From>
To convert_integer(From value) noexcept {
  if constexpr (is_sixteen_bit_float<To> && std::is_same_v<From, std::uint64_t>)
    if (value >> 63) return convert<To>(static_cast<double>(value >> 11 | ((value & 0x7ff) != 0 ? 1u : 0u)) * 2048.0);
  return convert<To>(value);
}

}  // namespace

std::string_view name_of(ForeignType type) noexcept { return row(type).name; }
DType carrier_of(ForeignType type) noexcept { return row(type).carrier; }

void swap_bytes(std::span<std::byte> bytes, std::size_t width) noexcept {
  for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(width))
    std::reverse(at, at + static_cast<std::ptrdiff_t>(width));
}

Tensor converted(std::span<const std::byte> bytes, const Dims& sizes, ForeignType from, bool swapped, DType to) {
  Tensor result = Tensor::empty(sizes, to);
  visit_foreign(from, [&]<class From>(ElementType<From>) {
    visit(to, [&]<class To>(ElementType<To>) {
      for (std::size_t i = 0; i * sizeof(From) < bytes.size(); ++i) {
        std::array<std::byte, sizeof(From)> element;
        std::memcpy(element.data(), bytes.data() + i * sizeof(From), sizeof(From));
        if (swapped) std::reverse(element.begin(), element.end());
        result.as<To>()[i] = convert_integer<To>(std::bit_cast<From>(element));
      }
    });
  });
  return result;
}

void refuse_foreign(std::string_view source, std::string_view type) {
  throw Error(
      ErrorCode::InvalidArgument,
      fmt::format("{}: the elements are {}, which no tensor has; give a type to convert them to", source, type));
}

}  // namespace faltung
