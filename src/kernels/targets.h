// Instruction sets that kernels are compiled for. Included before every Highway header.
#pragma once

// Under sanitizers each target takes minutes to compile; two of them show the same faults.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FALTUNG_FEW_TARGETS (HWY_SSE4 | HWY_AVX3)
#endif
#endif
#ifndef FALTUNG_FEW_TARGETS
#define FALTUNG_FEW_TARGETS 0
#endif

// SSSE3 and AVX3_DL bring nothing over SSE4 and AVX3 here; sizeless SVE/RVV vectors cannot be array elements.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | FALTUNG_FEW_TARGETS)
