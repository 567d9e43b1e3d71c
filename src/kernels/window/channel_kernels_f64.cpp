#include "kernels/targets.h"
#include "kernels/window/channel_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/channel_kernels_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/channel_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
ChannelKernels<double> channel_kernels_f64(const RunShape& shape) { return make_channel_kernels<double>(shape); }
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(channel_kernels_f64);

template <>
ChannelKernels<double> channel_kernels(const RunShape& shape) {
  return HWY_DYNAMIC_DISPATCH(channel_kernels_f64)(shape);
}

}  // namespace faltung::window
#endif
