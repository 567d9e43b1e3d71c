#include "kernels/targets.h"
#include "kernels/window/channel_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/channel_kernels_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/channel_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
ChannelKernels<float> channel_kernels_f32(const RunShape& shape) { return make_channel_kernels<float>(shape); }
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(channel_kernels_f32);

template <>
ChannelKernels<float> channel_kernels(const RunShape& shape) {
  return HWY_DYNAMIC_DISPATCH(channel_kernels_f32)(shape);
}

}  // namespace faltung::window
#endif
