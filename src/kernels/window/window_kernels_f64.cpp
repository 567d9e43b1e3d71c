#include "kernels/targets.h"
#include "kernels/window/window_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/window_kernels_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/window_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
WindowKernels<double> kernels_f64() { return make_window_kernels<double>(); }
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(kernels_f64);

template <>
const WindowKernels<double>& window_kernels() {
  static const WindowKernels<double> kernels = HWY_DYNAMIC_DISPATCH(kernels_f64)();
  return kernels;
}

}  // namespace faltung::window
#endif
