#include "kernels/gemm/unpack.h"

#include <complex>
#include <type_traits>

#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/unpack.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/widen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

template <class T, class From>
void unpack_real(const void* raw, void* panel, std::int64_t depth, std::int64_t width) {
  const From* HWY_RESTRICT from = static_cast<const From*>(raw);
  T* HWY_RESTRICT to = static_cast<T*>(panel);
  for (std::int64_t i = 0; i < depth * width; ++i) to[i] = widen<T>(from[i]);
}

template <class T, class Part, bool conjugate>
void unpack_rows(const void* raw, void* panel, std::int64_t depth, std::int64_t width) {
  const Part* HWY_RESTRICT from = static_cast<const Part*>(raw);
  T* HWY_RESTRICT to = static_cast<T*>(panel);
  for (std::int64_t p = 0; p < depth; ++p, from += 2 * width, to += 2 * width) {
    for (std::int64_t i = 0; i < width; ++i) {
      to[i] = static_cast<T>(from[2 * i]);
      to[width + i] = static_cast<T>(conjugate ? -from[2 * i + 1] : from[2 * i + 1]);
    }
  }
}

template <class T, class Part, bool conjugate>
void unpack_lanes(const void* raw, void* panel, std::int64_t depth, std::int64_t width) {
  const Part* HWY_RESTRICT from = static_cast<const Part*>(raw);
  T* HWY_RESTRICT to = static_cast<T*>(panel);
  for (std::int64_t p = 0; p < depth; ++p, from += 2 * width, to += 4 * width) {
    for (std::int64_t j = 0; j < width; ++j) {
      const T re = static_cast<T>(from[2 * j]);
      const T im = static_cast<T>(conjugate ? -from[2 * j + 1] : from[2 * j + 1]);
      to[2 * j] = re;
      to[2 * j + 1] = im;
      to[2 * width + 2 * j] = -im;
      to[2 * width + 2 * j + 1] = re;
    }
  }
}

template <class T, class Part>
Unpack complex_unpack(PanelKind kind, bool conjugate) {
  if (kind == PanelKind::rows) return conjugate ? &unpack_rows<T, Part, true> : &unpack_rows<T, Part, false>;
  return conjugate ? &unpack_lanes<T, Part, true> : &unpack_lanes<T, Part, false>;
}

Unpack unpack_f32(DType dtype, PanelKind kind, bool conjugate) {
  switch (dtype) {
    case DType::f32:
      return nullptr;
    case DType::f16:
      return &unpack_real<float, Half>;
    case DType::bf16:
      return &unpack_real<float, BFloat16>;
    default:
      return complex_unpack<float, float>(kind, conjugate);
  }
}
Unpack unpack_f64(DType dtype, PanelKind kind, bool conjugate) {
  return dtype == DType::f64 ? nullptr : complex_unpack<double, double>(kind, conjugate);
}

#if HWY_ONCE
// From one width to another: rare, and for one instruction set only.
Unpack unpack_widths_f32(DType dtype, PanelKind kind, bool conjugate) {
  return dtype == DType::f64 ? &unpack_real<float, double> : complex_unpack<float, double>(kind, conjugate);
}
Unpack unpack_widths_f64(DType dtype, PanelKind kind, bool conjugate) {
  switch (dtype) {
    case DType::f32:
      return &unpack_real<double, float>;
    case DType::f16:
      return &unpack_real<double, Half>;
    case DType::bf16:
      return &unpack_real<double, BFloat16>;
    default:
      return complex_unpack<double, float>(kind, conjugate);
  }
}
#endif

template <class T>
Unpack integer(DType dtype) {
  switch (dtype) {
    case DType::i8:
      return &unpack_real<T, std::int8_t>;
    case DType::i32:
      return sizeof(T) == 4 ? nullptr : &unpack_real<T, std::int32_t>;
    default:
      return sizeof(T) == 8 ? nullptr : &unpack_real<T, std::int64_t>;
  }
}

Unpack unpack_u32(DType dtype) { return integer<std::uint32_t>(dtype); }
Unpack unpack_u64(DType dtype) { return integer<std::uint64_t>(dtype); }

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(unpack_f32);
HWY_EXPORT(unpack_f64);
HWY_EXPORT(unpack_u32);
HWY_EXPORT(unpack_u64);

template <>
Unpack unpack_for<float>(DType dtype, PanelKind kind, bool conjugate) {
  return dtype == DType::f64 || dtype == DType::cf64 ? HWY_STATIC_DISPATCH(unpack_widths_f32)(dtype, kind, conjugate)
                                                     : HWY_DYNAMIC_DISPATCH(unpack_f32)(dtype, kind, conjugate);
}
template <>
Unpack unpack_for<double>(DType dtype, PanelKind kind, bool conjugate) {
  return dtype == DType::f64 || dtype == DType::cf64 ? HWY_DYNAMIC_DISPATCH(unpack_f64)(dtype, kind, conjugate)
                                                     : HWY_STATIC_DISPATCH(unpack_widths_f64)(dtype, kind, conjugate);
}
template <>
Unpack unpack_for<std::uint32_t>(DType dtype, PanelKind, bool) {
  return HWY_DYNAMIC_DISPATCH(unpack_u32)(dtype);
}
template <>
Unpack unpack_for<std::uint64_t>(DType dtype, PanelKind, bool) {
  return HWY_DYNAMIC_DISPATCH(unpack_u64)(dtype);
}

}  // namespace faltung::gemm
#endif
