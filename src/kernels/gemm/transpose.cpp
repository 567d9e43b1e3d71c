#include "kernels/gemm/transpose.h"

#include <cstddef>

#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/transpose.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

// Blocks of `side` rows, a block of columns after the other.
template <class U>
void transpose_all(const U* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, U* to,
                   std::int64_t to_stride) {
  constexpr int side = block_side<U>;
  std::int64_t row = 0;
  if constexpr (side > 1) {
    for (; row + side <= rows; row += side) {
      const U* of[side];
      for (int i = 0; i < side; ++i) of[i] = from + (row + i) * from_stride;
      std::int64_t column = 0;
      for (; column + side <= columns; column += side)
        transpose<U, 1>(of, column, static_cast<int>(to_stride), to + row);
      for (; column < columns; ++column)
        for (int i = 0; i < side; ++i) to[column * to_stride + row + i] = of[i][column];
    }
  }
  for (; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column)
      to[column * to_stride + row] = from[row * from_stride + column];
}

void transpose_4(const std::uint32_t* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
                 std::uint32_t* to, std::int64_t to_stride) {
  transpose_all(from, from_stride, rows, columns, to, to_stride);
}
void transpose_8(const std::uint64_t* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
                 std::uint64_t* to, std::int64_t to_stride) {
  transpose_all(from, from_stride, rows, columns, to, to_stride);
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(transpose_4);
HWY_EXPORT(transpose_8);

template <class T>
void transpose(const T* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, T* to,
               std::int64_t to_stride) {
  if constexpr (sizeof(T) == 4) HWY_DYNAMIC_DISPATCH(transpose_4)
  (reinterpret_cast<const std::uint32_t*>(from), from_stride, rows, columns, reinterpret_cast<std::uint32_t*>(to),
   to_stride);
  else HWY_DYNAMIC_DISPATCH(transpose_8)(reinterpret_cast<const std::uint64_t*>(from), from_stride, rows, columns,
                                         reinterpret_cast<std::uint64_t*>(to), to_stride);
}

template void transpose(const float*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t);
template void transpose(const double*, std::int64_t, std::int64_t, std::int64_t, double*, std::int64_t);
template void transpose(const std::uint32_t*, std::int64_t, std::int64_t, std::int64_t, std::uint32_t*, std::int64_t);
template void transpose(const std::uint64_t*, std::int64_t, std::int64_t, std::int64_t, std::uint64_t*, std::int64_t);

}  // namespace faltung::gemm
#endif
