#include "kernels/gemm/micro_kernel.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/micro_kernel_u32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {
const MicroKernels<std::uint32_t>& kernels_u32() { return kernels<std::uint32_t>(); }
}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(kernels_u32);

template <>
const MicroKernels<std::uint32_t>& micro_kernels() {
  return HWY_DYNAMIC_DISPATCH(kernels_u32)();
}

template <>
const MicroKernels<std::uint32_t>::Table* scattered_kernels<std::uint32_t>() {
  return nullptr;
}

}  // namespace faltung::gemm
#endif
