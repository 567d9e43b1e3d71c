#include "kernels/targets.h"
#include "kernels/winograd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd/kernels_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/winograd/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::winograd::HWY_NAMESPACE {
namespace {
const WinogradKernels<double>& kernels_f64() { return kernels<double>(); }
}  // namespace
}  // namespace faltung::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::winograd {

HWY_EXPORT(kernels_f64);

template <>
const WinogradKernels<double>& winograd_kernels() {
  return HWY_DYNAMIC_DISPATCH(kernels_f64)();
}

}  // namespace faltung::winograd
#endif
