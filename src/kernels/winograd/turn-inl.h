// Rows of neighbours to vectors across them, and back.
#if defined(FALTUNG_WINOGRAD_TURN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_WINOGRAD_TURN_INL
#undef FALTUNG_WINOGRAD_TURN_INL
#else
#define FALTUNG_WINOGRAD_TURN_INL
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/winograd/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::winograd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Rows that a block of 16 bytes has numbers of.
template <class T>
inline constexpr std::int64_t side = HWY_TARGET == HWY_SCALAR ? 1 : 16 / sizeof(T);

#if HWY_TARGET == HWY_SCALAR
template <class D, class T>
HWY_INLINE hn::Vec<D> load_blocks(D d, const T* from, std::int64_t) {
  return hn::LoadU(d, from);
}
template <class D, class T>
HWY_INLINE void store_blocks(D d, hn::Vec<D> value, T* to, std::int64_t) {
  hn::StoreU(value, d, to);
}
template <class D, class V>
HWY_INLINE void turn_blocks(D, V*) {}
#else
// A block of 16 bytes from each of some rows, and to them.
template <class D, class T = hn::TFromD<D> >
HWY_INLINE hn::Vec<D> load_blocks(D d, const T* from, std::int64_t step) {
  if constexpr (hn::MaxLanes(d) <= side<T>) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, from + hn::MaxLanes(half) / side<T> * step, step),
                       load_blocks(half, from, step));
  }
}
template <class D, class T = hn::TFromD<D> >
HWY_INLINE void store_blocks(D d, hn::Vec<D> value, T* to, std::int64_t step) {
  if constexpr (hn::MaxLanes(d) <= side<T>) {
    hn::StoreU(value, d, to);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, value), to, step);
    store_blocks(half, hn::UpperHalf(half, value), to + hn::MaxLanes(half) / side<T> * step, step);
  }
}

// Turns each block of as many vectors.
template <class D, class V>
HWY_INLINE void turn_blocks(D d, V* v) {
  if constexpr (side<hn::TFromD<D> > == 2) {
    const V low = hn::InterleaveLower(d, v[0], v[1]);
    v[1] = hn::InterleaveUpper(d, v[0], v[1]), v[0] = low;
  } else if constexpr (side<hn::TFromD<D> > == 4) {
    const hn::Repartition<double, D> pairs;
    const auto low = hn::BitCast(pairs, hn::InterleaveLower(d, v[0], v[1]));
    const auto high = hn::BitCast(pairs, hn::InterleaveUpper(d, v[0], v[1]));
    const auto more_low = hn::BitCast(pairs, hn::InterleaveLower(d, v[2], v[3]));
    const auto more_high = hn::BitCast(pairs, hn::InterleaveUpper(d, v[2], v[3]));
    v[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low, more_low));
    v[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low, more_low));
    v[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high, more_high));
    v[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high, more_high));
  }
}
#endif

// Calls body(column) for stretches of columns of one block; the last overlaps if need be.
template <std::int64_t n, class Body>
HWY_INLINE void for_each_stretch(std::int64_t columns, Body&& body) {
  for (std::int64_t j = 0; j < columns; j += n) body(std::min(j, columns - n));
}

template <class T>
void to_lanes(const Turn<T>& t) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t n = side<T>;
  if (t.rows < static_cast<std::int64_t>(hn::Lanes(d)) || t.columns < n) {
    for (std::int64_t j = 0; j < t.columns; ++j)
      for (std::int64_t i = 0; i < t.rows; ++i) t.to[j * t.to_step + i] = t.from[i * t.from_step + j];
    return;
  }
  for_each_stretch<n>(t.columns, [&](std::int64_t j) HWY_ATTR {
    hn::Vec<decltype(d)> v[n];
    for (std::int64_t i = 0; i < n; ++i) v[i] = load_blocks(d, t.from + i * t.from_step + j, n * t.from_step);
    turn_blocks(d, v);
    for (std::int64_t i = 0; i < n; ++i) hn::StoreU(v[i], d, t.to + (j + i) * t.to_step);
  });
}

template <class T>
void from_lanes(const Turn<T>& t) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t n = side<T>;
  if (t.rows < static_cast<std::int64_t>(hn::Lanes(d)) || t.columns < n) {
    for (std::int64_t i = 0; i < t.rows; ++i)
      for (std::int64_t j = 0; j < t.columns; ++j) t.to[i * t.to_step + j] = t.from[j * t.from_step + i];
    return;
  }
  for_each_stretch<n>(t.columns, [&](std::int64_t j) HWY_ATTR {
    hn::Vec<decltype(d)> v[n];
    for (std::int64_t i = 0; i < n; ++i) v[i] = hn::LoadU(d, t.from + (j + i) * t.from_step);
    turn_blocks(d, v);
    for (std::int64_t i = 0; i < n; ++i) store_blocks(d, v[i], t.to + i * t.to_step + j, n * t.to_step);
  });
}

}  // namespace
}  // namespace faltung::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
