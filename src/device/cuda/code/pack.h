// Vector loads and stores of several neighbouring elements: 2 to 32 bytes, in pieces of at most 16.
#pragma once

#include <cstring>

#include "device/cuda/code/element.h"

namespace faltung::cuda {

template <int Bytes>
struct Word;
template <>
struct Word<2> {
  using type = unsigned short;
};
template <>
struct Word<4> {
  using type = unsigned int;
};
template <>
struct Word<8> {
  using type = uint2;
};
template <>
struct Word<16> {
  using type = uint4;
};

// The address must be a multiple of the pack's size, or of 16 bytes.
template <class Sum, int N, class T>
__device__ __forceinline__ void load_pack(const T* from, Sum (&to)[N]) {
  constexpr int bytes = static_cast<int>(sizeof(T)) * N, piece = bytes < 16 ? bytes : 16, pieces = bytes / piece;
  typename Word<piece>::type words[pieces];
#pragma unroll
  for (int i = 0; i < pieces; ++i) words[i] = reinterpret_cast<const typename Word<piece>::type*>(from)[i];
  T elements[N];
  std::memcpy(elements, words, bytes);
#pragma unroll
  for (int i = 0; i < N; ++i) to[i] = widen<Sum>(elements[i]);
}

// Loads the word if `inside` is non-zero, else gives 0. Predicated, so many loads stay in flight; unsigned, so a mask
// bit can be passed.
__device__ __forceinline__ void load_word_if(const void* from, unsigned inside, unsigned short& to) {
  asm("{ .reg .pred p; setp.ne.b32 p, %2, 0; mov.b16 %0, 0; @p ld.global.nc.b16 %0, [%1]; }"
      : "=h"(to)
      : "l"(from), "r"(inside));
}
__device__ __forceinline__ void load_word_if(const void* from, unsigned inside, unsigned int& to) {
  asm("{ .reg .pred p; setp.ne.b32 p, %2, 0; mov.b32 %0, 0; @p ld.global.nc.b32 %0, [%1]; }"
      : "=r"(to)
      : "l"(from), "r"(inside));
}
__device__ __forceinline__ void load_word_if(const void* from, unsigned inside, uint2& to) {
  asm("{ .reg .pred p; setp.ne.b32 p, %3, 0; mov.b32 %0, 0; mov.b32 %1, 0; @p ld.global.nc.v2.b32 {%0, %1}, [%2]; }"
      : "=r"(to.x), "=r"(to.y)
      : "l"(from), "r"(inside));
}
__device__ __forceinline__ void load_word_if(const void* from, unsigned inside, uint4& to) {
  asm("{ .reg .pred p; setp.ne.b32 p, %5, 0; mov.b32 %0, 0; mov.b32 %1, 0; mov.b32 %2, 0; mov.b32 %3, 0; @p "
      "ld.global.nc.v4.b32 {%0, %1, %2, %3}, [%4]; }"
      : "=r"(to.x), "=r"(to.y), "=r"(to.z), "=r"(to.w)
      : "l"(from), "r"(inside));
}

// A pack in its storage type: while waiting to be used it takes fewer registers than in the accumulator type.
template <class T, int N>
struct Packed {
  typename Word<static_cast<int>(sizeof(T)) * N>::type word;

  __device__ __forceinline__ void load_if(const T* from, unsigned inside) { load_word_if(from, inside, word); }
  template <class Sum>
  __device__ __forceinline__ void unpack(Sum (&to)[N]) const {
    T elements[N];
    std::memcpy(elements, &word, sizeof word);
#pragma unroll
    for (int i = 0; i < N; ++i) to[i] = widen<Sum>(elements[i]);
  }
};

// Converts two 16-bit floats at once: cheaper than one by one.
template <class T>
__device__ __forceinline__ float2 widen_pair(unsigned pair) {
  static_assert(sizeof(T) == 2);
  if constexpr (std::is_same_v<T, __half>) {
    __half2 halves;
    std::memcpy(&halves, &pair, sizeof pair);
    return __half22float2(halves);
  } else {
    return {__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u)};
  }
}

template <class Sum, int N, class T>
__device__ __forceinline__ void load_pack_if(const T* from, bool inside, Sum (&to)[N]) {
  Packed<T, N> packed;
  packed.load_if(from, inside);
  packed.unpack(to);
}

template <class T, int N, class Sum>
__device__ __forceinline__ void store_pack(T* to, const Sum (&from)[N]) {
  constexpr int bytes = static_cast<int>(sizeof(T)) * N, piece = bytes < 16 ? bytes : 16, pieces = bytes / piece;
  T elements[N];
#pragma unroll
  for (int i = 0; i < N; ++i) elements[i] = narrow<T>(from[i]);
  typename Word<piece>::type words[pieces];
  std::memcpy(words, elements, bytes);
#pragma unroll
  for (int i = 0; i < pieces; ++i) reinterpret_cast<typename Word<piece>::type*>(to)[i] = words[i];
}

// Streaming store (evict first) for data that will not be found in the cache anyway. At most 16 bytes.
template <class T, int N, class Sum>
__device__ __forceinline__ void store_pack_streaming(T* to, const Sum (&from)[N]) {
  T elements[N];
#pragma unroll
  for (int i = 0; i < N; ++i) elements[i] = narrow<T>(from[i]);
  using Whole = typename Word<static_cast<int>(sizeof(T)) * N>::type;
  Whole word;
  std::memcpy(&word, elements, sizeof word);
  __stcs(reinterpret_cast<Whole*>(to), word);
}

// Asynchronous copy from global to shared memory (cp.async); zeros where `inside` is false. Bytes: 4, 8 or 16. Before
// compute capability 8.0: plain loads and stores, and no waiting.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
template <int Bytes>
__device__ __forceinline__ void copy_async_if(void* to, const void* from, unsigned inside, unsigned wanted) {
  if (!wanted) return;
  typename Word<Bytes>::type word{};
  if (inside) word = *static_cast<const typename Word<Bytes>::type*>(from);
  *static_cast<typename Word<Bytes>::type*>(to) = word;
}
template <int Bytes>
__device__ __forceinline__ void copy_async(void* to, const void* from, bool inside) {
  copy_async_if<Bytes>(to, from, inside, 1);
}
__device__ __forceinline__ void commit_copies() {}
template <int Groups>
__device__ __forceinline__ void wait_for_copies_but() {}
__device__ __forceinline__ void wait_for_copies() {}
#else
template <int Bytes>
__device__ __forceinline__ void copy_async(void* to, const void* from, bool inside) {
  const auto shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  const int size = inside ? Bytes : 0;
  asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared), "l"(from), "n"(Bytes), "r"(size)
               : "memory");
}
// The same, predicated by `wanted`, bypassing L1: 16 bytes.
template <int Bytes>
__device__ __forceinline__ void copy_async_if(void* to, const void* from, unsigned inside, unsigned wanted) {
  static_assert(Bytes == 16);
  const auto shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  const int size = inside ? Bytes : 0;
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %4, 0; @p cp.async.cg.shared.global [%0], [%1], %2, %3; }" ::"r"(shared),
               "l"(from), "n"(Bytes), "r"(size), "r"(wanted)
               : "memory");
}
// Groups of copies: commit_copies() closes a group, wait_for_copies_but() waits for all but the latest `Groups` of
// them.
__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int Groups>
__device__ __forceinline__ void wait_for_copies_but() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Groups) : "memory");
}
__device__ __forceinline__ void wait_for_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }
#endif

}  // namespace faltung::cuda
