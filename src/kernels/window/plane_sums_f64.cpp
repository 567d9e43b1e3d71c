#include "kernels/targets.h"
#include "kernels/window/plane_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/plane_sums_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/window/plane_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {
#if HWY_TARGET <= HWY_AVX2
PlaneSums<double> plane_sums_f64(std::int64_t step, std::int64_t columns) {
  return make_plane_sums<double>(step, columns);
}
#else
PlaneSums<double> plane_sums_f64(std::int64_t, std::int64_t) { return {}; }
#endif
}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::window {

HWY_EXPORT(plane_sums_f64);

template <>
PlaneSums<double> plane_sums(std::int64_t step, std::int64_t columns) {
  return HWY_DYNAMIC_DISPATCH(plane_sums_f64)(step, columns);
}

}  // namespace faltung::window
#endif
