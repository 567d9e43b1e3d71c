// Dispatch from a run-time DType to the C++ element type.
#pragma once

#include <utility>

#include "faltung/dtype.h"
#include "faltung/error.h"

namespace faltung {

template <class T>
struct ElementType {
  using type = T;
};

// Calls body(ElementType<T>{}) with the element type of `dtype`:
//     visit(dtype, [&]<class T>(ElementType<T>) { … });
template <class Body>
decltype(auto) visit(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::f32:
      return body(ElementType<float>{});
    case DType::f64:
      return body(ElementType<double>{});
    case DType::f16:
      return body(ElementType<Half>{});
    case DType::bf16:
      return body(ElementType<BFloat16>{});
    case DType::cf32:
      return body(ElementType<std::complex<float>>{});
    case DType::cf64:
      return body(ElementType<std::complex<double>>{});
    case DType::i8:
      return body(ElementType<std::int8_t>{});
    case DType::i32:
      return body(ElementType<std::int32_t>{});
    case DType::i64:
      return body(ElementType<std::int64_t>{});
    case DType::boolean:
    case DType::u8:
      break;
  }
  throw Error(ErrorCode::InvalidArgument, "no arithmetic is defined on elements of that type");
}

// The same with u8, which few have to do with.
template <class Body>
decltype(auto) visit_with_u8(DType dtype, Body&& body) {
  if (dtype == DType::u8) return body(ElementType<std::uint8_t>{});
  return visit(dtype, std::forward<Body>(body));
}

}  // namespace faltung
