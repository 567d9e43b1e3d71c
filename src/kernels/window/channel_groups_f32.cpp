#include "kernels/targets.h"
#include "kernels/window/channel_groups.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/channel_groups_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/channel_groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR
ChannelKernels<float> channel_groups_f32(const RunShape&, std::int64_t) { return {}; }
#else
ChannelKernels<float> channel_groups_f32(const RunShape& shape, std::int64_t group) {
  return make_channel_group_kernels(shape, group);
}
#endif
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(channel_groups_f32);

ChannelKernels<float> channel_group_kernels(const RunShape& shape, std::int64_t group) {
  return HWY_DYNAMIC_DISPATCH(channel_groups_f32)(shape, group);
}

}  // namespace faltung::window
#endif
