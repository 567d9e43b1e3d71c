// Elements of a run-time type, for kernels that are bound by memory and not worth an instantiation per type.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "faltung/dtype.h"

namespace faltung::cuda {

// An element in the widest type of its kind. Complex elements are aligned to their real type only.
struct Number {
  double real, imaginary;
  std::int64_t integer;
  bool is_integer;
};

template <class T>
__device__ T at(const void* from, std::int64_t i) {
  return static_cast<const T*>(from)[i];
}

inline __device__ Number whole(std::int64_t value) { return {.integer = value, .is_integer = true}; }

inline __device__ Number load(const void* from, std::int64_t i, DType type) {
  switch (type) {
    case DType::f32:
      return {.real = at<float>(from, i)};
    case DType::f64:
      return {.real = at<double>(from, i)};
    case DType::f16:
      return {.real = __half2float(at<__half>(from, i))};
    case DType::bf16:
      return {.real = __bfloat162float(at<__nv_bfloat16>(from, i))};
    case DType::cf32:
      return {.real = at<float>(from, 2 * i), .imaginary = at<float>(from, 2 * i + 1)};
    case DType::cf64:
      return {.real = at<double>(from, 2 * i), .imaginary = at<double>(from, 2 * i + 1)};
    case DType::i8:
      return whole(at<std::int8_t>(from, i));
    case DType::i32:
      return whole(at<std::int32_t>(from, i));
    case DType::i64:
      return whole(at<std::int64_t>(from, i));
    case DType::boolean:
      return whole(at<std::uint8_t>(from, i) != 0);
    case DType::u8:
      return whole(at<std::uint8_t>(from, i));
  }
  return {};
}

// To nearest, ties to even; saturates; NaN gives 0.
template <class T>
__device__ T to_integer(const Number& value) {
  if (value.is_integer) return static_cast<T>(value.integer);  // wraps
  if (isnan(value.real)) return 0;
  constexpr int digits = 8 * sizeof(T) - 1;
  const double rounded = rint(value.real), end = ldexp(1.0, digits);
  if (rounded >= end) return static_cast<T>(static_cast<std::uint64_t>(~std::uint64_t{0}) >> (64 - digits));
  return rounded < -end ? static_cast<T>(std::uint64_t{1} << digits) : static_cast<T>(rounded);
}

inline __device__ double to_double(const Number& value) {
  return value.is_integer ? __ll2double_rn(value.integer) : value.real;
}
inline __device__ float to_float(const Number& value) {
  return value.is_integer ? __ll2float_rn(value.integer) : __double2float_rn(value.real);
}

inline __device__ void store(void* to, std::int64_t i, DType type, const Number& value) {
  switch (type) {
    case DType::f32:
      static_cast<float*>(to)[i] = to_float(value);
      break;
    case DType::f64:
      static_cast<double*>(to)[i] = to_double(value);
      break;
    case DType::f16:
      static_cast<__half*>(to)[i] = value.is_integer ? __ll2half_rn(value.integer) : __double2half(value.real);
      break;
    case DType::bf16:
      static_cast<__nv_bfloat16*>(to)[i] =
          value.is_integer ? __ll2bfloat16_rn(value.integer) : __double2bfloat16(value.real);
      break;
    case DType::cf32:
      static_cast<float*>(to)[2 * i] = to_float(value);
      static_cast<float*>(to)[2 * i + 1] = __double2float_rn(value.imaginary);
      break;
    case DType::cf64:
      static_cast<double*>(to)[2 * i] = to_double(value);
      static_cast<double*>(to)[2 * i + 1] = value.imaginary;
      break;
    case DType::i8:
      static_cast<std::int8_t*>(to)[i] = to_integer<std::int8_t>(value);
      break;
    case DType::i32:
      static_cast<std::int32_t*>(to)[i] = to_integer<std::int32_t>(value);
      break;
    case DType::i64:
      static_cast<std::int64_t*>(to)[i] = to_integer<std::int64_t>(value);
      break;
    case DType::boolean:
      static_cast<std::uint8_t*>(to)[i] = value.is_integer ? value.integer != 0 : value.real != 0;
      break;
    case DType::u8:
      static_cast<std::uint8_t*>(to)[i] = static_cast<std::uint8_t>(
          value.is_integer ? value.integer : static_cast<std::int64_t>(fmin(fmax(rint(value.real), 0.0), 255.0)));
      break;
  }
}

}  // namespace faltung::cuda
