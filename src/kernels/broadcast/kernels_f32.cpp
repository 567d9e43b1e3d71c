#include "kernels/broadcast/kernels.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/broadcast/kernels_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/broadcast/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::broadcast::HWY_NAMESPACE {
namespace {
Kernels<float> kernels_f32() { return make_kernels<float>(); }
}  // namespace
}  // namespace faltung::broadcast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::broadcast {

HWY_EXPORT(kernels_f32);

template <>
const Kernels<float>& kernels() {
  static const Kernels<float> found = HWY_DYNAMIC_DISPATCH(kernels_f32)();
  return found;
}

}  // namespace faltung::broadcast
#endif
