#include "kernels/targets.h"
#include "kernels/window/plane_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/plane_taps_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/plane_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
#if HWY_TARGET <= HWY_AVX2
PlaneTaps<float> plane_taps_f32(std::int64_t step, std::int64_t columns) {
  return make_plane_taps<float>(step, columns);
}
#else
PlaneTaps<float> plane_taps_f32(std::int64_t, std::int64_t) { return {}; }
#endif
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(plane_taps_f32);

template <>
PlaneTaps<float> plane_taps(std::int64_t step, std::int64_t columns) {
  return HWY_DYNAMIC_DISPATCH(plane_taps_f32)(step, columns);
}

}  // namespace faltung::window
#endif
