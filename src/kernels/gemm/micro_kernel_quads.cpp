// By an instruction that this Highway has no function for, and compilers no name for without an option: hence the
// assembly. It takes unsigned bytes of its second operand and signed ones of its third.
#include <string_view>

#include "kernels/gemm/packed_integers.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/micro_kernel_quads.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#if HWY_ARCH_X86_64
#include <cpuid.h>
#endif
#include "kernels/gemm/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

#if HWY_ARCH_X86_64 && (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2)

template <bool unsigned_rows>
struct Quads {
  using Number = std::uint32_t;
  [[maybe_unused]] static constexpr bool waits = false, reads_rows = unsigned_rows;  // images, not weights

  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V multiply_add(D, V a, V b, V sum) {
    const V &bytes = unsigned_rows ? a : b, &signed_bytes = unsigned_rows ? b : a;
#if HWY_TARGET == HWY_AVX3
    asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(bytes.raw), "v"(signed_bytes.raw));
#else
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(bytes.raw), "x"(signed_bytes.raw));
#endif
    return sum;
  }
};

const MicroKernels<std::uint32_t>* kernels_quads(bool unsigned_rows) {
  return unsigned_rows ? &kernels_of<Quads<true>>() : &kernels_of<Quads<false>>();
}
const char* feature() { return HWY_TARGET == HWY_AVX3 ? "avx512_vnni" : "avx_vnni"; }

#else

const MicroKernels<std::uint32_t>* kernels_quads(bool) { return nullptr; }
const char* feature() { return ""; }

#endif

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(kernels_quads);
HWY_EXPORT(feature);

namespace {

// Asked as Highway asks for its targets: what the system tells of the processor may be more than an emulator has.
bool has_instruction(std::string_view feature) {
#if HWY_ARCH_X86_64
  constexpr unsigned features = 7;  // leaf 7: AVX512_VNNI is bit 11 of ECX; its subleaf 1: AVX_VNNI is bit 4 of EAX
  const bool wide = feature == "avx512_vnni";
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(features, wide ? 0 : 1, &a, &b, &c, &d) != 0 && ((wide ? c >> 11 : a >> 4) & 1) != 0;
#else
  return !feature.empty();
#endif
}

}  // namespace

const MicroKernels<std::uint32_t>* quad_kernels(bool unsigned_rows) {
  return HWY_DYNAMIC_DISPATCH(kernels_quads)(unsigned_rows);
}
const char* quad_feature() {
  const char* const name = HWY_DYNAMIC_DISPATCH(feature)();
  return has_instruction(name) ? name : "";
}

}  // namespace faltung::gemm
#endif
