#include "kernels/targets.h"
#include "kernels/window/window_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/window_kernels_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/window_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
WindowKernels<float> kernels_f32() { return make_window_kernels<float>(); }
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(kernels_f32);

template <>
const WindowKernels<float>& window_kernels() {
  static const WindowKernels<float> kernels = HWY_DYNAMIC_DISPATCH(kernels_f32)();
  return kernels;
}

}  // namespace faltung::window
#endif
