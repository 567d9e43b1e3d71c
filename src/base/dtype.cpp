#include "faltung/dtype.h"

#include <array>

namespace faltung {
namespace {

struct Row {
  DType dtype;
  std::string_view name, long_name;
  std::size_t bytes;
  DType real, complex, accumulator;
};

using enum DType;
constexpr std::array<Row, 11> table{{
    {f32, "f32", "float32", 4, f32, cf32, f32},
    {f64, "f64", "float64", 8, f64, cf64, f64},
    {f16, "f16", "float16", 2, f16, f16, f32},
    {bf16, "bf16", "bfloat16", 2, bf16, bf16, f32},
    {cf32, "cf32", "complex64", 8, f32, cf32, cf32},
    {cf64, "cf64", "complex128", 16, f64, cf64, cf64},
    {i8, "i8", "int8", 1, i8, i8, i32},
    {i32, "i32", "int32", 4, i32, i32, i32},
    {i64, "i64", "int64", 8, i64, i64, i64},
    {boolean, "bool", "boolean", 1, boolean, boolean, boolean},
    {u8, "u8", "uint8", 1, u8, u8, i32},
}};

// A number that is none of the enumerators is a type of its own, of which nothing can be made.
constexpr Row row(DType dtype) noexcept {
  const auto place = static_cast<std::size_t>(dtype);
  return place < table.size() ? table[place] : Row{dtype, "unknown", "unknown", 1, dtype, dtype, dtype};
}

}  // namespace

std::size_t size_of(DType dtype) noexcept { return row(dtype).bytes; }
std::string_view name_of(DType dtype) noexcept { return row(dtype).name; }
bool is_complex(DType dtype) noexcept { return dtype == cf32 || dtype == cf64; }
bool is_integer(DType dtype) noexcept { return dtype == i8 || dtype == u8 || dtype == i32 || dtype == i64; }
bool is_floating(DType dtype) noexcept { return dtype == f32 || dtype == f64 || dtype == f16 || dtype == bf16; }
DType real_of(DType dtype) noexcept { return row(dtype).real; }
DType complex_of(DType dtype) noexcept { return row(dtype).complex; }
DType accumulator_of(DType dtype) noexcept { return row(dtype).accumulator; }

std::optional<DType> dtype_from_name(std::string_view name) noexcept {
  for (const Row& candidate : table)
    if (name == candidate.name || name == candidate.long_name) return candidate.dtype;
  return std::nullopt;
}

}  // namespace faltung
