// Sums over positions, of one type for one instruction set.
#if defined(FALTUNG_PLANE_TAPS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PLANE_TAPS_INL
#undef FALTUNG_PLANE_TAPS_INL
#else
#define FALTUNG_PLANE_TAPS_INL
#endif

#include "hwy/highway.h"
#include "kernels/window/plane_load-inl.h"

#if HWY_TARGET <= HWY_AVX2
HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

// The lanes of a vector whose positions are new. Those of the source are masked, too: what is infinite times zero is
// not zero.
template <class C>
HWY_INLINE typename C::V new_lanes(typename C::V numbers, hn::Mask<typename C::D> lanes) {
  return C::whole ? numbers : hn::IfThenElseZero(lanes, numbers);
}

template <class C, int rows, int columns>
HWY_INLINE void multiply_block(const Band& band, const TapBlock& block, std::int64_t column, Plane<C> source,
                               const typename C::V* held, hn::Mask<typename C::D> lanes, typename C::T* sums) {
  const typename C::D d;
  const auto loads = loads_at<C, columns>(band, column);
  typename C::V sum[rows * columns];
  unrolled<rows * columns>([&](auto i) FALTUNG_INLINED { sum[i] = hn::Load(d, sums + i * C::lanes); });
  unrolled<source_rows<C, rows>>([&](auto i) FALTUNG_INLINED {
    if (!has_row<C>(band, block, i)) return;
    typename C::V numbers[columns];
    load_run<C, columns>(source + i * band.source_stride, loads, numbers);
    unrolled<columns>([&](auto t) FALTUNG_INLINED {
      const typename C::V number = new_lanes<C>(numbers[t], lanes);
      unrolled<rows>([&](auto r) FALTUNG_INLINED {
        constexpr int o = (i - r) / C::step;
        if constexpr (meet<C, i, r>) sum[t * rows + r] = hn::MulAdd(held[o], number, sum[t * rows + r]);
      });
    });
  });
  unrolled<rows * columns>([&](auto i) FALTUNG_INLINED { hn::Store(sum[i], d, sums + i * C::lanes); });
}

// Sums stay in memory from one block of taps to the next, the positions in registers.
template <class C>
HWY_INLINE void multiply_columns(const Band& band, const Vectors& at, Plane<C> source, Plane<C> positions,
                                 typename C::T* sums) {
  const typename C::D d;
  const std::int64_t first = band.left + at.q * C::step;
  const auto lanes = lanes_between(d, at.done, at.count);
  typename C::V held[C::height];
  unrolled<C::height>([&](auto o) FALTUNG_INLINED {
    Plane<C> from = positions + o * band.position_stride + at.q;
    held[o] = C::whole ? hn::LoadU(d, from) : hn::MaskedLoad(lanes, d, from);
  });
  for (const TapBlock* block = band.blocks; block < band.blocks + band.block_count; ++block)
    for_block<C>(*block, [&](auto rows, auto columns) FALTUNG_INLINED {
      for (std::int64_t t = 0; t < block->columns; t += columns, sums += rows * columns * C::lanes) {
        const std::int64_t column = first + block->column + t;
        multiply_block<C, rows, columns>(
            band, *block, column, source + block->source + band.top * band.source_stride + column, held, lanes, sums);
      }
    });
}

template <class Any, class Whole>
void multiply_band(const Band& band, Plane<Any> source, Plane<Any> positions, typename Any::T* sums) {
  const bool all_rows = has_all_rows<Any>(band);
  for (Vectors at = first_vector<Any>(band); at.count > 0; at = next_vector<Any>(band, at))
    if (Whole::whole && all_rows && is_inside<Any>(band, at))
      multiply_columns<Whole>(band, at, source, positions, sums);
    else
      multiply_columns<Any>(band, at, source, positions, sums);
}

template <class D>
hn::TFromD<D> add_lanes(const hn::TFromD<D>* vector) {
  const D d;
  return hn::GetLane(hn::SumOfLanes(d, hn::Load(d, vector)));
}

template <class D, int step>
PlaneTaps<hn::TFromD<D>> plane_taps_with() {
  PlaneTaps<hn::TFromD<D>> result{.lanes = static_cast<int>(hn::MaxLanes(D())),
                                  .longest_run = has_runs<D> ? longest_tap_run : 1,
                                  .add_lanes = &add_lanes<D>};
  unrolled<static_cast<int>(band_heights.size())>([&](auto h) {
    using Any = PlaneCase<D, static_cast<int>(band_heights[h]), step, false>;
    result.bands[h] = &multiply_band<Any, WholeOf<Any>>;
  });
  return result;
}

template <class T>
PlaneTaps<T> make_plane_taps(std::int64_t step, std::int64_t columns) {
  return with_lanes_for<T>(columns,
                           [&]<class D>(D) { return step == 1 ? plane_taps_with<D, 1>() : plane_taps_with<D, 2>(); });
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
