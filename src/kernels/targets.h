// Instruction sets that kernels are compiled for. Included before every Highway header.
#pragma once

// SSSE3 and AVX3_DL bring nothing over SSE4 and AVX3 here; sizeless SVE/RVV vectors cannot be array elements.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
