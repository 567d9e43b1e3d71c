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

#if HWY_TARGET == HWY_SCALAR
template <class T>
inline constexpr std::int64_t side = 1;
template <class T>
void turn_block(const T* const*, T*, std::int64_t);  // never called
#else
// Of the blocks that are turned in registers of 16 bytes.
template <class T>
inline constexpr std::int64_t side = 16 / sizeof(T);

template <class T>
HWY_INLINE void turn_block(const T* const* from, T* to, std::int64_t to_step) {
  const hn::Simd<T, 16 / sizeof(T), 0> d;
  const auto a = hn::LoadU(d, from[0]), b = hn::LoadU(d, from[1]);
  if constexpr (sizeof(T) == 8) {
    hn::StoreU(hn::InterleaveLower(d, a, b), d, to);
    hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + to_step);
  } else {
    const hn::Simd<double, 2, 0> pairs;
    const auto e = hn::LoadU(d, from[2]), f = hn::LoadU(d, from[3]);
    const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
    const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
    const auto ef_low = hn::BitCast(pairs, hn::InterleaveLower(d, e, f));
    const auto ef_high = hn::BitCast(pairs, hn::InterleaveUpper(d, e, f));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ef_low)), d, to);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ef_low)), d, to + to_step);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ef_high)), d, to + 2 * to_step);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ef_high)), d, to + 3 * to_step);
  }
}
#endif

// A matrix turned: to[j · to_step + i] = from[i · from_step + j].
template <class T>
void turn(const T* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, T* to, std::int64_t to_step) {
  constexpr std::int64_t n = side<T>;
  std::int64_t i = 0;
  if constexpr (n > 1) {
    for (; i + n <= rows; i += n) {
      std::int64_t j = 0;
      for (; j + n <= columns; j += n) {
        const T* lines[n];
        for (std::int64_t l = 0; l < n; ++l) lines[l] = from + (i + l) * from_step + j;
        turn_block(lines, to + j * to_step + i, to_step);
      }
      for (; j < columns; ++j)
        for (std::int64_t l = i; l < i + n; ++l) to[j * to_step + l] = from[l * from_step + j];
    }
  }
  for (; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * to_step + i] = from[i * from_step + j];
}

template <class T>
void to_lanes(const Turn<T>& t) {
  turn(t.from, t.from_step, t.rows, t.columns, t.to, t.to_step);
}
template <class T>
void from_lanes(const Turn<T>& t) {
  turn(t.from, t.from_step, t.columns, t.rows, t.to, t.to_step);
}

}  // namespace
}  // namespace faltung::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
