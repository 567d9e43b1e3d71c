// A block of numbers with rows and columns exchanged.
#pragma once

#include <cstdint>

namespace faltung::gemm {

// to[j · to_stride + i] = from[i · from_stride + j] for `rows` values of i and `columns` of j. T: float, double,
// std::uint32_t or std::uint64_t.
template <class T>
void transpose(const T* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, T* to,
               std::int64_t to_stride);

}  // namespace faltung::gemm
