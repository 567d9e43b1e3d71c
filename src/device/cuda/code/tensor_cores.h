// Small matrix products of a warp, as NVIDIA's tensor cores do them ("PTX ISA", mma.m16n8k16): d = a · b + c with 16 ×
// 16 elements of 16 bits in `a`, 16 × 8 in `b`, sums in f32. With g = lane / 4 and t = lane % 4 a lane holds
//   a: columns 2t and 2t + 1 of rows g and g + 8, then columns 2t + 8 and 2t + 9 of the same rows,
//   b: rows 2t and 2t + 1 of column g, then rows 2t + 8 and 2t + 9,
//   c and d: columns 2t and 2t + 1 of row g, then of row g + 8.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <type_traits>

namespace faltung::cuda {

template <class T>
__device__ __forceinline__ void mma_m16n8k16(const unsigned (&a)[4], const unsigned (&b)[2], const float (&c)[4],
                                             float (&d)[4]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  __trap();  // never called there
#else
  if constexpr (std::is_same_v<T, __half>)
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%10, %11, %12, %13};"
        : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
  else
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%10, %11, %12, %13};"
        : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
#endif
}

}  // namespace faltung::cuda
