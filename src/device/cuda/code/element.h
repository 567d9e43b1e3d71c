// Device element types and their conversion with a single rounding.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <complex>
#include <cstdint>
#include <type_traits>

#include "faltung/dtype.h"

namespace faltung::cuda {

template <class R>
struct Complex {
  R re, im;
};

// The device type with the same bits as a host type.
template <class T>
struct DeviceTypeOf {
  using type = T;
};
template <>
struct DeviceTypeOf<Half> {
  using type = __half;
};
template <>
struct DeviceTypeOf<BFloat16> {
  using type = __nv_bfloat16;
};
template <class R>
struct DeviceTypeOf<std::complex<R>> {
  using type = Complex<R>;
};
template <class T>
using DeviceType_ = typename DeviceTypeOf<T>::type;

// The accumulator type for sums of elements.
template <class T>
struct SumOf {
  using type = T;
};
template <>
struct SumOf<__half> {
  using type = float;
};
template <>
struct SumOf<__nv_bfloat16> {
  using type = float;
};
template <>
struct SumOf<std::int8_t> {
  using type = std::int64_t;
};
template <>
struct SumOf<std::int32_t> {
  using type = std::int64_t;
};

template <class T>
inline constexpr bool is_complex_sum = false;
template <class R>
inline constexpr bool is_complex_sum<Complex<R>> = true;

// From element type to accumulator: exact.
template <class Sum, class T>
__device__ __forceinline__ Sum widen(T value) {
  if constexpr (std::is_same_v<T, __half>)
    return static_cast<Sum>(__half2float(value));
  else if constexpr (std::is_same_v<T, __nv_bfloat16>)
    return static_cast<Sum>(__bfloat162float(value));
  else if constexpr (is_complex_sum<T>) {
    using Part = decltype(Sum::re);
    return Sum{static_cast<Part>(value.re), static_cast<Part>(value.im)};
  } else
    return static_cast<Sum>(value);
}

// From accumulator to element type: to nearest, ties to even; integers wrap.
template <class T, class Sum>
__device__ __forceinline__ T narrow(Sum value) {
  if constexpr (std::is_same_v<T, Sum>)
    return value;
  else if constexpr (std::is_same_v<T, __half> && std::is_same_v<Sum, double>)
    return __double2half(value);
  else if constexpr (std::is_same_v<T, __nv_bfloat16> && std::is_same_v<Sum, double>)
    return __double2bfloat16(value);
  else if constexpr (std::is_same_v<T, __half>)
    return __float2half_rn(value);
  else if constexpr (std::is_same_v<T, __nv_bfloat16>)
    return __float2bfloat16_rn(value);
  else if constexpr (is_complex_sum<T>) {
    using Part = decltype(T::re);
    return T{static_cast<Part>(value.re), static_cast<Part>(value.im)};
  } else
    return static_cast<T>(value);
}

template <class Sum>
__device__ __forceinline__ Sum multiply_add(Sum a, Sum b, Sum total) {
  if constexpr (is_complex_sum<Sum>)
    return {total.re + a.re * b.re - a.im * b.im, total.im + a.re * b.im + a.im * b.re};
  else if constexpr (std::is_integral_v<Sum>) {  // two's complement wrap-around
    using Unsigned = std::make_unsigned_t<Sum>;
    return static_cast<Sum>(static_cast<Unsigned>(total) + static_cast<Unsigned>(a) * static_cast<Unsigned>(b));
  } else
    return total + a * b;
}

template <class Sum>
__device__ __forceinline__ Sum add(Sum a, Sum b) {
  if constexpr (is_complex_sum<Sum>)
    return {a.re + b.re, a.im + b.im};
  else if constexpr (std::is_integral_v<Sum>) {
    using Unsigned = std::make_unsigned_t<Sum>;
    return static_cast<Sum>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
  } else
    return a + b;
}

}  // namespace faltung::cuda
