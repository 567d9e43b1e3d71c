#include "kernels/gemm/packed_integers.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/micro_kernel_pairs.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

struct Pairs {
  using Number = std::uint32_t;
  [[maybe_unused]] static constexpr bool waits = false, reads_rows = false;

  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V multiply_add(D, V a, V b, V sum) {
    const hn::RebindToSigned<D> d32;
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    const hn::Repartition<std::int16_t, D> d16;
    auto unused = hn::Zero(d32);
    const auto more =
        hn::ReorderWidenMulAccumulate(d32, hn::BitCast(d16, a), hn::BitCast(d16, b), hn::BitCast(d32, sum), unused);
    return hn::BitCast(D(), more);
#else
    const auto a32 = hn::BitCast(d32, a), b32 = hn::BitCast(d32, b);
    const auto low = [](auto v) HWY_ATTR { return hn::ShiftRight<16>(hn::ShiftLeft<16>(v)); };
    const auto even = hn::Mul(low(a32), low(b32)), odd = hn::Mul(hn::ShiftRight<16>(a32), hn::ShiftRight<16>(b32));
    return hn::Add(sum, hn::BitCast(D(), hn::Add(even, odd)));
#endif
  }
};

const MicroKernels<std::uint32_t>& kernels_pairs() { return kernels_of<Pairs>(); }

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(kernels_pairs);

const MicroKernels<std::uint32_t>& pair_kernels() { return HWY_DYNAMIC_DISPATCH(kernels_pairs)(); }

}  // namespace faltung::gemm
#endif
