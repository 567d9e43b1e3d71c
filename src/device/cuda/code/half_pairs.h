// Pairs of 16-bit floats in a register, and vector access to shared memory.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <type_traits>

namespace faltung::cuda {

template <class T>
__device__ __forceinline__ unsigned pack_pair(float first, float second) {
  unsigned pair = 0;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  __trap();  // never called there
#else
  if constexpr (std::is_same_v<T, __half>)
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  else
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
#endif
  return pair;
}

// to + pair · 0, elementwise: stays ±0 as long as all pairs are finite, else becomes NaN.
template <class T>
__device__ __forceinline__ unsigned add_times_zero(unsigned pair, unsigned to) {
  unsigned sum = 0;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  __trap();  // never called there
#else
  if constexpr (std::is_same_v<T, __half>)
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(sum) : "r"(pair), "r"(0u), "r"(to));
  else
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(sum) : "r"(pair), "r"(0u), "r"(to));
#endif
  return sum;
}

__device__ __forceinline__ void* shared_pointer(unsigned address) { return __cvta_shared_to_generic(address); }
__device__ __forceinline__ void load_shared(unsigned from, unsigned (&to)[2]) {
  asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];" : "=r"(to[0]), "=r"(to[1]) : "r"(from));
}
__device__ __forceinline__ void store_shared(unsigned to, const unsigned (&from)[2]) {
  asm volatile("st.shared.v2.u32 [%0], {%1, %2};" ::"r"(to), "r"(from[0]), "r"(from[1]) : "memory");
}

}  // namespace faltung::cuda
