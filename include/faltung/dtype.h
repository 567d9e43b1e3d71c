// Element types and their names.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#pragma GCC visibility push(default)
namespace faltung {

// cf32 and cf64 are complex numbers of two f32 or f64 (PyTorch: complex64, complex128).
// `boolean` exists to be named and refused: no convolution is defined on it. u8 is a type of quantised convolutions
// (Epilogue::quantized) only.
enum class DType : std::uint8_t { f32, f64, f16, bf16, cf32, cf64, i8, i32, i64, boolean, u8 };

// 16-bit storage types; convert with `static_cast<float>` and back (round to nearest, ties to even).
struct Half {
  std::uint16_t bits = 0;
  Half() = default;
  explicit Half(float value) noexcept;
  explicit operator float() const noexcept;
};
struct BFloat16 {
  std::uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) noexcept;
  explicit operator float() const noexcept;
};

std::size_t size_of(DType dtype) noexcept;                        // bytes of one element
std::string_view name_of(DType dtype) noexcept;                   // "f32", "bf16", "cf64", …
std::optional<DType> dtype_from_name(std::string_view) noexcept;  // "f32" or "float32"; nothing if unknown

bool is_complex(DType dtype) noexcept;
bool is_integer(DType dtype) noexcept;   // i8, u8, i32, i64
bool is_floating(DType dtype) noexcept;  // real floating point
DType real_of(DType dtype) noexcept;     // cf32 → f32, cf64 → f64, others themselves
DType complex_of(DType dtype) noexcept;  // f32 → cf32, f64 → cf64, others themselves

// The accumulator type unless `Numerics::accumulate` says otherwise: f32 for 16-bit floats, i32 for i8 and u8, else the
// type itself. Results are rounded once, from this type to the stored one.
DType accumulator_of(DType dtype) noexcept;

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<Half> {
  static constexpr DType value = DType::f16;
};
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::bf16;
};
template <>
struct DTypeOf<std::complex<float>> {
  static constexpr DType value = DType::cf32;
};
template <>
struct DTypeOf<std::complex<double>> {
  static constexpr DType value = DType::cf64;
};
template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::i8;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::u8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

}  // namespace faltung
#pragma GCC visibility pop
