#include "kernels/gemm/micro_kernel.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/scattered_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {
const MicroKernels<float>::Table& scattered_f32() { return scattered<float>(); }
}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(scattered_f32);

template <>
const MicroKernels<float>::Table* scattered_kernels<float>() {
  return &HWY_DYNAMIC_DISPATCH(scattered_f32)();
}

}  // namespace faltung::gemm
#endif
