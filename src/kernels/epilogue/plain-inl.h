// Rows of integers and complex numbers: loops that compilers vectorise.
#if defined(FALTUNG_PLAIN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PLAIN_INL
#undef FALTUNG_PLAIN_INL
#else
#define FALTUNG_PLAIN_INL
#endif

#include <algorithm>
#include <complex>
#include <limits>
#include <type_traits>

#include "base/convert.h"
#include "base/wrapping.h"
#include "hwy/highway.h"
#include "kernels/epilogue/store_rows.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

template <class T>
struct ScaleOf {
  using type = T;
};
template <class R>
struct ScaleOf<std::complex<R>> {
  using type = R;
};

// Not std::complex's product, which branches on NaN.
template <class T>
HWY_INLINE T scaled(typename ScaleOf<T>::type scale, T value) {
  if constexpr (is_complex_type<T>)
    return T(scale * value.real(), scale * value.imag());
  else
    return wrapping_multiply(scale, value);
}

// Integers wrap when they are stored, so relu is taken of the sum.
template <class T>
HWY_INLINE void clamp(Activation activation, T* values, std::int64_t count) {
  if constexpr (std::is_integral_v<T>) {
    if (activation == Activation::none) return;
    const T end = activation == Activation::relu6 ? T(6) : std::numeric_limits<T>::max();
    for (std::int64_t i = 0; i < count; ++i) values[i] = std::min(std::max(values[i], T(0)), end);
  }
}

template <class T, class Stored>
class PlainRows {
 public:
  HWY_INLINE explicit PlainRows(const Rows& rows)
      : rows_(rows), alpha_(convert<typename ScaleOf<T>::type>(rows.alpha)) {}

  // Mostly in stretches of a compile-time size, whose stages are a few vectors each.
  HWY_INLINE void store_all() const {
    for (std::int64_t row = 0; row < rows_.rows; ++row) {
      std::int64_t i = 0;
      if (rows_.to_step == 1)
        for (; i + most <= rows_.count; i += most) store(row, i, Fixed<most>(), Fixed<1>());
      for (; i < rows_.count; i += most) store(row, i, std::min(most, rows_.count - i), rows_.to_step);
    }
  }

 private:
  static constexpr std::int64_t most = 16;
  template <std::int64_t value>
  using Fixed = std::integral_constant<std::int64_t, value>;

  template <class Count, class Step>
  HWY_INLINE void store(std::int64_t row, std::int64_t first, Count count, Step step) const {
    const T* sums = static_cast<const T*>(rows_.sums) + row * rows_.sums_stride + first;
    const std::int64_t at = row * rows_.to_stride + first * step;
    Stored* to = static_cast<Stored*>(rows_.to) + at;
    T values[most];
    for (std::int64_t i = 0; i < count; ++i) values[i] = sums[i];
    if (rows_.z) add_z(values, static_cast<const Stored*>(rows_.z) + at, count, step);
    if (rows_.bias) add_bias(values, static_cast<const Stored*>(rows_.bias) + row * rows_.bias_stride, first, count);
    clamp(rows_.activation, values, count);
    if (rows_.accumulate)
      for (std::int64_t i = 0; i < count; ++i) values[i] = wrapping_add(values[i], convert<T>(to[i * step]));
    for (std::int64_t i = 0; i < count; ++i) to[i * step] = convert<Stored>(values[i]);
  }

  template <class Count, class Step>
  HWY_INLINE void add_z(T* values, const Stored* z, Count count, Step step) const {
    for (std::int64_t i = 0; i < count; ++i)
      values[i] = wrapping_add(values[i], scaled(alpha_, convert<T>(z[i * step])));
  }

  template <class Count>
  HWY_INLINE void add_bias(T* values, const Stored* bias, std::int64_t first, Count count) const {
    if (rows_.bias_step) {
      for (std::int64_t i = 0; i < count; ++i) values[i] = wrapping_add(values[i], convert<T>(bias[first + i]));
    } else {
      const T shift = convert<T>(*bias);
      for (std::int64_t i = 0; i < count; ++i) values[i] = wrapping_add(values[i], shift);
    }
  }

  const Rows& rows_;
  typename ScaleOf<T>::type alpha_;
};

template <class T, class Stored>
void store_plain(const Rows& rows) {
  PlainRows<T, Stored>(rows).store_all();
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
