#include "kernels/epilogue/stores.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/epilogue/store_plain.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/epilogue/plain-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

StoreRows stores_i32(DType stored) {
  if (stored == DType::i8) return &store_plain<std::int32_t, std::int8_t>;
  return &store_plain<std::int32_t, std::int32_t>;
}

StoreRows stores_i64(DType stored) {
  if (stored == DType::i8) return &store_plain<std::int64_t, std::int8_t>;
  if (stored == DType::i32) return &store_plain<std::int64_t, std::int32_t>;
  return &store_plain<std::int64_t, std::int64_t>;
}

StoreRows stores_complex(DType sums, DType stored) {
  if (sums == DType::cf32) return &store_plain<std::complex<float>, std::complex<float>>;
  if (stored == DType::cf32) return &store_plain<std::complex<double>, std::complex<float>>;
  return &store_plain<std::complex<double>, std::complex<double>>;
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::epilogue {

HWY_EXPORT(stores_i32);
HWY_EXPORT(stores_i64);
HWY_EXPORT(stores_complex);

StoreRows store_of_i32(DType stored) { return HWY_DYNAMIC_DISPATCH(stores_i32)(stored); }
StoreRows store_of_i64(DType stored) { return HWY_DYNAMIC_DISPATCH(stores_i64)(stored); }
StoreRows store_of_complex(DType sums, DType stored) { return HWY_DYNAMIC_DISPATCH(stores_complex)(sums, stored); }

}  // namespace faltung::epilogue
#endif
