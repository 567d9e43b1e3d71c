#include "kernels/gemm/micro_kernel.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/micro_kernel_u64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {
const MicroKernels<std::uint64_t>& kernels_u64() { return kernels<std::uint64_t>(); }
}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(kernels_u64);

template <>
const MicroKernels<std::uint64_t>& micro_kernels() {
  return HWY_DYNAMIC_DISPATCH(kernels_u64)();
}

template <>
const MicroKernels<std::uint64_t>::Table* scattered_kernels<std::uint64_t>() {
  return nullptr;
}

}  // namespace faltung::gemm
#endif
