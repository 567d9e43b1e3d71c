// Stored elements as the numbers that micro-kernels multiply. Compiled for each target.
#if defined(FALTUNG_WIDEN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_WIDEN_INL
#undef FALTUNG_WIDEN_INL
#else
#define FALTUNG_WIDEN_INL
#endif

#include <bit>
#include <type_traits>

#include "faltung/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

// Branch-free, so that compilers vectorise it.
template <class T, class From>
HWY_INLINE T widen(From value) {
  if constexpr (std::is_same_v<From, BFloat16>) {
    return static_cast<T>(std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16));
  } else if constexpr (std::is_same_v<From, Half>) {
    const std::uint32_t magnitude = value.bits & 0x7fffu, sign = (value.bits & 0x8000u) << 16;
    const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;  // handles subnormals as well
    const std::uint32_t special = magnitude >= 0x7c00u ? 0x7f800000u : 0u;
    return static_cast<T>(std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | special | sign));
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
