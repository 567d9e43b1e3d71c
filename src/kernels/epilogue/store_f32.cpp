#include "kernels/epilogue/stores.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/epilogue/store_f32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/epilogue/floating-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

StoreRows stores_f32(DType sums, DType stored) {
  if (sums == DType::f16) return &store_floating<float, Half, Half>;
  if (sums == DType::bf16) return &store_floating<float, BFloat16, BFloat16>;
  if (stored == DType::f16) return &store_floating<float, float, Half>;
  if (stored == DType::bf16) return &store_floating<float, float, BFloat16>;
  return &store_floating<float, float, float>;
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::epilogue {

HWY_EXPORT(stores_f32);

StoreRows store_of_f32(DType sums, DType stored) { return HWY_DYNAMIC_DISPATCH(stores_f32)(sums, stored); }

}  // namespace faltung::epilogue
#endif
