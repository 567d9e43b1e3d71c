// Element types in memory: those of base/visit.h, and booleans, which are stored and copied like any other type.
#pragma once

#include "base/convert.h"
#include "base/visit.h"

namespace faltung {

// Not `bool`: a byte read from a file may be neither 0 nor 1.
struct Boolean {
  std::uint8_t bits = 0;
};

// As visit_with_u8(), with Boolean for booleans.
template <class Body>
decltype(auto) visit_stored(DType dtype, Body&& body) {
  if (dtype == DType::boolean) return body(ElementType<Boolean>{});
  return visit_with_u8(dtype, std::forward<Body>(body));
}

// As convert(), from and to booleans too.
template <class To, class From>
To convert_stored(From value) noexcept {
  if constexpr (std::is_same_v<To, From>)
    return value;
  else if constexpr (std::is_same_v<From, Boolean>)
    return convert<To>(static_cast<std::int8_t>(value.bits != 0));
  else if constexpr (std::is_same_v<To, Boolean>)
    return Boolean{convert<double>(value) != 0};
  else
    return convert<To>(value);
}

}  // namespace faltung
