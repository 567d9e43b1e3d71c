#include "kernels/gemm/stage.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/copy_rows.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/widen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

template <class T, class From>
HWY_INLINE void copy_run(const From* HWY_RESTRICT from, T* HWY_RESTRICT to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = widen<T>(from[i]);
}

template <class T, class From>
void copy_rows(const std::byte* source, std::int64_t from_step, void* target, std::int64_t to_step, std::int64_t rows,
               std::int64_t count) {
  const From* from = reinterpret_cast<const From*>(source);
  T* to = static_cast<T*>(target);
  if (from_step == count && to_step == count) return copy_run(from, to, rows * count);
  for (std::int64_t row = 0; row < rows; ++row, from += from_step, to += to_step) copy_run(from, to, count);
}

CopyRows copy_f32(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return &copy_rows<float, float>;
    case DType::f16:
      return &copy_rows<float, Half>;
    case DType::bf16:
      return &copy_rows<float, BFloat16>;
    default:
      return nullptr;
  }
}
CopyRows copy_f64(DType dtype) { return dtype == DType::f64 ? &copy_rows<double, double> : nullptr; }

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(copy_f32);
HWY_EXPORT(copy_f64);

template <>
CopyRows copy_rows_for<float>(DType dtype) {
  return HWY_DYNAMIC_DISPATCH(copy_f32)(dtype);
}
template <>
CopyRows copy_rows_for<double>(DType dtype) {
  return HWY_DYNAMIC_DISPATCH(copy_f64)(dtype);
}
// Integers are seldom multiplied, and their rows never read where they lie.
template <>
CopyRows copy_rows_for<std::uint32_t>(DType) {
  return nullptr;
}
template <>
CopyRows copy_rows_for<std::uint64_t>(DType) {
  return nullptr;
}

}  // namespace faltung::gemm
#endif
