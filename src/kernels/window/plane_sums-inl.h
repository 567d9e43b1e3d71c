// Sums over taps, of one type for one instruction set.
#if defined(FALTUNG_PLANE_SUMS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PLANE_SUMS_INL
#undef FALTUNG_PLANE_SUMS_INL
#else
#define FALTUNG_PLANE_SUMS_INL
#endif

#include "hwy/highway.h"
#include "kernels/window/plane_load-inl.h"

#if HWY_TARGET <= HWY_AVX2
HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

template <class C, int rows, int columns>
HWY_INLINE void add_block(const Band& band, const TapBlock& block, std::int64_t column, Plane<C> source,
                          const typename C::T* weights, typename C::V* sums) {
  const typename C::D d;
  const auto loads = loads_at<C, columns>(band, column);
  typename C::V factor[rows * columns];
  unrolled<rows>([&](auto r) FALTUNG_INLINED {
    unrolled<columns>([&](auto t) FALTUNG_INLINED {
      factor[r * columns + t] = hn::Set(d, weights[r * band.weight_row + t * band.weight_column]);
    });
  });
  unrolled<source_rows<C, rows>>([&](auto i) FALTUNG_INLINED {
    if (!has_row<C>(band, block, i)) return;
    typename C::V numbers[columns];
    load_run<C, columns>(source + i * band.source_stride, loads, numbers);
    unrolled<rows>([&](auto r) FALTUNG_INLINED {
      constexpr int o = (i - r) / C::step;
      if constexpr (meet<C, i, r>)
        unrolled<columns>([&](auto t)
                              FALTUNG_INLINED { sums[o] = hn::MulAdd(factor[r * columns + t], numbers[t], sums[o]); });
    });
  });
}

template <class C>
HWY_INLINE void sum_columns(const Band& band, const Vectors& at, Plane<C> source, const typename C::T* weights,
                            typename C::T* positions) {
  const typename C::D d;
  const std::int64_t first = band.left + at.q * C::step;
  typename C::V sums[C::height];
  unrolled<C::height>([&](auto o) FALTUNG_INLINED { sums[o] = hn::Zero(d); });
  for (const TapBlock* block = band.blocks; block < band.blocks + band.block_count; ++block)
    for_block<C>(*block, [&](auto rows, auto columns) FALTUNG_INLINED {
      for (std::int64_t t = 0; t < block->columns; t += columns) {
        const std::int64_t column = first + block->column + t;
        add_block<C, rows, columns>(band, *block, column,
                                    source + block->source + band.top * band.source_stride + column,
                                    weights + block->weights + t * band.weight_column, sums);
      }
    });
  unrolled<C::height>(
      [&](auto o) FALTUNG_INLINED { store(d, sums[o], positions + o * band.position_stride + at.q, at.count); });
}

// Positions that two vectors have are summed twice.
template <class Any, class Whole>
void sum_band(const Band& band, Plane<Any> source, const typename Any::T* weights, typename Any::T* positions) {
  const bool all_rows = has_all_rows<Any>(band);
  for (Vectors at = first_vector<Any>(band); at.count > 0; at = next_vector<Any>(band, at)) {
    at.done = 0;
    if (Whole::whole && all_rows && is_inside<Any>(band, at))
      sum_columns<Whole>(band, at, source, weights, positions);
    else
      sum_columns<Any>(band, at, source, weights, positions);
  }
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void interleave_row(D d, const T* even, const T* odd, std::int64_t count, T* to) {
  constexpr std::int64_t lanes = hn::MaxLanes(d);
  HWY_ALIGN T both[2 * lanes];
  for (; count >= 2 * lanes; count -= 2 * lanes, even += lanes, odd += lanes, to += 2 * lanes)
    hn::StoreInterleaved2(hn::LoadU(d, even), hn::LoadU(d, odd), d, to);
  if (count == 0) return;
  hn::StoreInterleaved2(hn::LoadU(d, even), hn::LoadU(d, odd), d, both);
  store(d, hn::Load(d, both), to, std::min(count, lanes));
  if (count > lanes) store(d, hn::Load(d, both + lanes), to + lanes, count - lanes);
}

template <class D>
void interleave(const Interleaved<hn::TFromD<D>>& rows) {
  for (std::int64_t i = 0; i < rows.rows; ++i)
    interleave_row(D(), rows.even + i * rows.stride, rows.odd + i * rows.stride, rows.count,
                   rows.to + i * rows.to_stride);
}

template <class D, int step>
PlaneSums<hn::TFromD<D>> plane_sums_with() {
  PlaneSums<hn::TFromD<D>> result{.lanes = static_cast<int>(hn::MaxLanes(D())),
                                  .longest_run = has_runs<D> ? longest_tap_run : 1,
                                  .interleave = &interleave<D>};
  unrolled<static_cast<int>(band_heights.size())>([&](auto h) {
    using Any = PlaneCase<D, static_cast<int>(band_heights[h]), step, false>;
    result.bands[h] = &sum_band<Any, WholeOf<Any>>;
  });
  return result;
}

template <class T>
PlaneSums<T> make_plane_sums(std::int64_t step, std::int64_t columns) {
  return with_lanes_for<T>(columns,
                           [&]<class D>(D) { return step == 1 ? plane_sums_with<D, 1>() : plane_sums_with<D, 2>(); });
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
