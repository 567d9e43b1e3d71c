// The kernels of one type for one instruction set.
#if defined(FALTUNG_WINDOW_KERNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_WINDOW_KERNELS_INL
#undef FALTUNG_WINDOW_KERNELS_INL
#else
#define FALTUNG_WINDOW_KERNELS_INL
#endif

#include <cstddef>
#include <utility>

#include "hwy/highway.h"
#include "kernels/window/runs-inl.h"
#include "kernels/window/unrolled-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// As many sums as registers hold beside what is multiplied; eight of them hide the latency of a multiply-add.
#if HWY_TARGET <= HWY_AVX3
inline constexpr int most_sums = 24;
#elif HWY_TARGET == HWY_SCALAR
inline constexpr int most_sums = 4;
#else
inline constexpr int most_sums = 12;
#endif
constexpr int vectors_of(int rows) { return most_sums / rows < slack ? most_sums / rows : slack; }

template <class T, int rows, int vectors>
HWY_INLINE void sum_group(const TapList& taps, const T* HWY_RESTRICT source, const T* HWY_RESTRICT weights,
                          T* HWY_RESTRICT sums, std::int64_t sum_stride) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V sum[rows * vectors];
  unrolled<rows * vectors>([&](auto i) HWY_ATTR { sum[i] = hn::Zero(d); });
  for (std::int64_t t = 0; t < taps.count; ++t, weights += rows) {
    const T* HWY_RESTRICT from = source + taps.offsets[t];
    // Those of which there are fewer are held in registers.
    if constexpr (rows > vectors) {
      V number[vectors];
      unrolled<vectors>([&](auto v) HWY_ATTR { number[v] = hn::LoadU(d, from + v * lanes); });
      unrolled<rows>([&](auto r) HWY_ATTR {
        const V weight = hn::Set(d, weights[r]);
        unrolled<vectors>([&](auto v)
                              HWY_ATTR { sum[r * vectors + v] = hn::MulAdd(weight, number[v], sum[r * vectors + v]); });
      });
    } else {
      V weight[rows];
      unrolled<rows>([&](auto r) HWY_ATTR { weight[r] = hn::Set(d, weights[r]); });
      unrolled<vectors>([&](auto v) HWY_ATTR {
        const V number = hn::LoadU(d, from + v * lanes);
        unrolled<rows>([&](auto r)
                           HWY_ATTR { sum[r * vectors + v] = hn::MulAdd(weight[r], number, sum[r * vectors + v]); });
      });
    }
  }
  unrolled<rows>([&](auto r) HWY_ATTR {
    unrolled<vectors>([&](auto v) HWY_ATTR { hn::StoreU(sum[r * vectors + v], d, sums + r * sum_stride + v * lanes); });
  });
}

template <class T, int rows>
void sum_taps(const TapList& taps, const T* source, const T* weights, std::int64_t vectors, T* sums,
              std::int64_t sum_stride) {
  constexpr int group = vectors_of(rows), half = (group + 1) / 2;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  std::int64_t v = 0;
  for (; vectors - v > half; v += group)
    sum_group<T, rows, group>(taps, source + v * lanes, weights, sums + v * lanes, sum_stride);
  for (; v < vectors; v += half)
    sum_group<T, rows, half>(taps, source + v * lanes, weights, sums + v * lanes, sum_stride);
}

// By runs of neighbouring taps, if they are long enough.
#if HWY_TARGET <= HWY_AVX3
template <class T>
HWY_FLATTEN void sum_one_row(const TapList& taps, const T* source, const T* weights, std::int64_t vectors, T* sums,
                             std::int64_t sum_stride) {
  constexpr int worth_it = 4;  // neighbours in a run
  if (taps.run_count * worth_it > taps.count) return sum_taps<T, 1>(taps, source, weights, vectors, sums, sum_stride);
  constexpr int group = vectors_of(1), half = group / 2;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  std::int64_t v = 0;
  for (; vectors - v > half; v += group) sum_runs<T, group>(taps, source + v * lanes, weights, sums + v * lanes);
  for (; v < vectors; v += half) sum_runs<T, half>(taps, source + v * lanes, weights, sums + v * lanes);
}
#endif

// Adds the lanes of each vector to one number.
template <class D, int count>
HWY_INLINE void add_sums(D d, const hn::Vec<D>* vectors, hn::TFromD<D>* sums) {
  unrolled<count>([&](auto i) HWY_ATTR { sums[i] += hn::GetLane(hn::SumOfLanes(d, vectors[i])); });
}

// With few taps several vectors of positions have sums of their own.
template <class T, int taps>
void sum_positions(const TapList& list, const T* x, const T* y, std::int64_t, std::int64_t vectors, T* sums) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr int together = HWY_TARGET == HWY_SCALAR || taps >= 7 ? 1 : taps >= 4 ? 2 : taps >= 2 ? 4 : 8;
  const T* from[taps];
  unrolled<taps>([&](auto t) HWY_ATTR { from[t] = x + list.offsets[t]; });
  V sum[taps * together];
  unrolled<taps * together>([&](auto i) HWY_ATTR { sum[i] = hn::Zero(d); });
  const auto add = [&](std::int64_t v, auto place) HWY_ATTR {
    const V factor = hn::LoadU(d, y + v * lanes);
    unrolled<taps>([&](auto t) HWY_ATTR {
      sum[place * taps + t] = hn::MulAdd(factor, hn::LoadU(d, from[t] + v * lanes), sum[place * taps + t]);
    });
  };
  std::int64_t v = 0;
  for (; v + together <= vectors; v += together) unrolled<together>([&](auto u) HWY_ATTR { add(v + u, u); });
  for (; v < vectors; ++v) add(v, std::integral_constant<int, 0>());
  unrolled<(together - 1) * taps>([&](auto i) HWY_ATTR { sum[i % taps] = hn::Add(sum[i % taps], sum[taps + i]); });
  add_sums<decltype(d), taps>(d, sum, sums);
}

// A block of rows and taps, so that each number that is loaded meets several others.
template <class T, int taps>
void sum_positions_of_rows(const TapList& list, const T* x, const T* y, std::int64_t y_stride, std::int64_t vectors,
                           T* sums) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* from[taps];
  unrolled<taps>([&](auto t) HWY_ATTR { from[t] = x + list.offsets[t]; });
  V sum[taps * max_rows];
  unrolled<taps * max_rows>([&](auto i) HWY_ATTR { sum[i] = hn::Zero(d); });
  for (std::int64_t v = 0; v < vectors; ++v, y += lanes) {
    V factor[max_rows];
    unrolled<max_rows>([&](auto r) HWY_ATTR { factor[r] = hn::LoadU(d, y + r * y_stride); });
    unrolled<taps>([&](auto t) HWY_ATTR {
      const V number = hn::LoadU(d, from[t] + v * lanes);
      unrolled<max_rows>(
          [&](auto r) HWY_ATTR { sum[t * max_rows + r] = hn::MulAdd(factor[r], number, sum[t * max_rows + r]); });
    });
  }
  add_sums<decltype(d), taps * max_rows>(d, sum, sums);
}

template <class T>
WindowKernels<T> make_window_kernels() {
  WindowKernels<T> result;
  result.lanes = static_cast<int>(hn::Lanes(hn::ScalableTag<T>()));
  [&]<int... i>(std::integer_sequence<int, i...>) { ((result.sums[i] = &sum_taps<T, i + 1>), ...); }
  (std::make_integer_sequence<int, max_rows>());
#if HWY_TARGET <= HWY_AVX3
  result.sums[0] = &sum_one_row<T>;
#endif
  [&]<int... i>(std::integer_sequence<int, i...>) { ((result.taps[i] = &sum_positions<T, i + 1>), ...); }
  (std::make_integer_sequence<int, max_tap_sums>());
  result.most_block_taps = most_sums / max_rows;
  [&]<int... i>(std::integer_sequence<int, i...>) { ((result.tap_blocks[i] = &sum_positions_of_rows<T, i + 1>), ...); }
  (std::make_integer_sequence<int, most_sums / max_rows>());
  return result;
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
