#include "kernels/epilogue/stores.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/epilogue/store_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/epilogue/floating-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

StoreRows stores_f64(DType stored) {
  if (stored == DType::f16) return &store_floating<double, double, Half>;
  if (stored == DType::bf16) return &store_floating<double, double, BFloat16>;
  if (stored == DType::f32) return &store_floating<double, double, float>;
  return &store_floating<double, double, double>;
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::epilogue {

HWY_EXPORT(stores_f64);

StoreRows store_of_f64(DType stored) { return HWY_DYNAMIC_DISPATCH(stores_f64)(stored); }

}  // namespace faltung::epilogue
#endif
