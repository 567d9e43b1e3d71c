#include "kernels/gemm/micro_kernel.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/scattered_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {
const MicroKernels<double>::Table& scattered_f64() { return scattered<double>(); }
}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(scattered_f64);

template <>
const MicroKernels<double>::Table* scattered_kernels<double>() {
  return &HWY_DYNAMIC_DISPATCH(scattered_f64)();
}

}  // namespace faltung::gemm
#endif
