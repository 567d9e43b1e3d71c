// Loads of what lies inside a plane, for processors that load under a mask.
#if defined(FALTUNG_PLANE_LOAD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PLANE_LOAD_INL
#undef FALTUNG_PLANE_LOAD_INL
#else
#define FALTUNG_PLANE_LOAD_INL
#endif

#include <algorithm>

#include "hwy/highway.h"
#include "kernels/window/plane_kernels.h"
#include "kernels/window/short_copy.h"
#include "kernels/window/unrolled-inl.h"

#if HWY_TARGET <= HWY_AVX2
HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// What a kernel knows when it is compiled. `whole`: what it meets is all inside.
template <class Lanes, int height_, int step_, bool whole_>
struct PlaneCase {
  using D = Lanes;
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  static constexpr int height = height_, step = step_;
  static constexpr bool whole = whole_;
  static constexpr std::int64_t lanes = hn::MaxLanes(D());
};

template <class C>
using Plane = const typename C::T*;

// A vector of positions: so many from q on, of which the first were in the vector before.
struct Vectors {
  std::int64_t q = 0, count = 0, done = 0;
};

template <class C>
HWY_INLINE Vectors first_vector(const Band& band) {
  return {0, std::min(C::lanes, band.columns), 0};
}
// None: its count is 0.
template <class C>
HWY_INLINE Vectors next_vector(const Band& band, const Vectors& at) {
  const std::int64_t q = at.q + C::lanes, last = band.columns - C::lanes;
  if (q >= band.columns) return {};
  return q <= last ? Vectors{q, C::lanes, 0} : Vectors{last, C::lanes, q - last};
}

template <class D>
HWY_INLINE hn::Mask<D> lanes_between(D d, std::int64_t first, std::int64_t end) {
  constexpr std::int64_t lanes = hn::MaxLanes(d);
  return hn::AndNot(hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(first, 0, lanes))),
                    hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(end, 0, lanes))));
}

// How the numbers that a run of neighbouring taps meets are loaded: with step 2 as pairs of vectors, which two taps
// share; else where that takes fewer loads, from every 16th byte on, and shifted together.
template <class C, int taps>
struct RunLoads {
  static constexpr int block = 16 / sizeof(typename C::T), blocks = (taps + block - 2) / block + 1;
  static constexpr bool shifted = C::step == 1 && blocks < taps;
  static constexpr int count = C::step == 2 ? 2 * ((taps + 1) / 2) : shifted ? blocks : taps;
  // Of load i, in numbers.
  static constexpr std::int64_t offset(int i) {
    return C::step == 2 ? i / 2 * 2 + i % 2 * C::lanes : shifted ? i * block : i;
  }
  hn::Mask<typename C::D> inside[count];  // unless all are
};

// The run's first tap meets the first position at that column.
template <class C, int taps>
HWY_INLINE RunLoads<C, taps> loads_at(const Band& band, std::int64_t column) {
  RunLoads<C, taps> loads;
  if constexpr (!C::whole)
    unrolled<loads.count>([&](auto i) FALTUNG_INLINED {
      const std::int64_t first = column + loads.offset(i);
      loads.inside[i] = lanes_between(typename C::D(), -first, band.width - first);
    });
  return loads;
}

template <class C, int taps>
HWY_INLINE void load_run(Plane<C> from, const RunLoads<C, taps>& loads, typename C::V* numbers) {
  using Loads = RunLoads<C, taps>;
  const typename C::D d;
  typename C::V loaded[Loads::count];
  unrolled<Loads::count>([&](auto i) FALTUNG_INLINED {
    if constexpr (C::whole)
      loaded[i] = hn::LoadU(d, from + Loads::offset(i));
    else
      loaded[i] = hn::MaskedLoad(loads.inside[i], d, from + Loads::offset(i));
  });
  unrolled<taps>([&](auto t) FALTUNG_INLINED {
    constexpr int pair = t / 2 * 2, block = t / Loads::block, shift = t % Loads::block;
    if constexpr (C::step == 2)
      numbers[t] = t == pair ? hn::ConcatEven(d, loaded[pair + 1], loaded[pair])
                             : hn::ConcatOdd(d, loaded[pair + 1], loaded[pair]);
    else if constexpr (!Loads::shifted)
      numbers[t] = loaded[t];
    else if constexpr (shift == 0)
      numbers[t] = loaded[block];
    else
      numbers[t] = hn::CombineShiftRightBytes<shift * sizeof(typename C::T)>(d, loaded[block + 1], loaded[block]);
  });
}

template <class D>
HWY_INLINE void store(D d, hn::Vec<D> sum, hn::TFromD<D>* to, std::int64_t count) {
  if (count == static_cast<std::int64_t>(hn::MaxLanes(d))) return hn::StoreU(sum, d, to);
#if HWY_TARGET <= HWY_AVX3
  hn::BlendedStore(sum, hn::FirstN(d, static_cast<std::size_t>(count)), d, to);
#else
  HWY_ALIGN hn::TFromD<D> all[2 * hn::MaxLanes(d)];  // or GCC sees copies beyond it
  hn::Store(sum, d, all);
  short_copy(to, all, count);
#endif
}

template <class C>
HWY_INLINE bool is_inside(const Band& band, const Vectors& at) {
  constexpr std::int64_t more = 16 / sizeof(typename C::T) - 2;  // that a run's last load reads
  const std::int64_t first = band.left + at.q * C::step;
  return at.count == C::lanes && at.done == 0 && first >= 0 &&
         first + band.reach + C::lanes * C::step + more <= band.width;
}

template <class C>
HWY_INLINE bool has_all_rows(const Band& band) {
  for (const TapBlock* block = band.blocks; block < band.blocks + band.block_count; ++block) {
    const std::int64_t first = block->row + band.top;
    if (first < 0 || first + (C::height - 1) * C::step + block->rows > band.rows) return false;
  }
  return true;
}

// Rows of the source that meet one of a block's rows of taps and of the band.
template <class C, int rows>
inline constexpr int source_rows = (C::height - 1) * C::step + rows;

template <class C>
HWY_INLINE bool has_row(const Band& band, const TapBlock& block, std::int64_t i) {
  const auto row = static_cast<std::uint64_t>(block.row + band.top + i);  // large where it is less than 0
  return C::whole || row < static_cast<std::uint64_t>(band.rows);
}

// Row i of them meets position row o and tap row r if i = o · step + r.
template <class C, int i, int r>
inline constexpr bool meet = i >= r && (i - r) % C::step == 0 && (i - r) / C::step < C::height;

// Blocks of many columns are for processors with 32 registers.
template <class D>
inline constexpr bool has_runs = HWY_TARGET <= HWY_AVX3 && sizeof(hn::TFromD<D>) == 4;

// Calls body(rows, columns) with the block's sizes as compile-time constants. Bands of the most rows take a block as it
// is, others, which are rare, a column of it at a time.
template <class C, class Body>
HWY_INLINE void for_block(const TapBlock& block, Body&& body) {
  constexpr bool as_it_is = C::height == band_heights[0] && has_runs<typename C::D>;
  unrolled<most_tap_rows>([&](auto r) FALTUNG_INLINED {
    if (block.rows != r + 1) return;
    unrolled<as_it_is ? longest_tap_run : 1>([&](auto t) FALTUNG_INLINED {
      if constexpr (has_tap_block(r + 1, t + 1))
        if (!as_it_is || block.columns == t + 1)
          body(std::integral_constant<int, r + 1>(), std::integral_constant<int, t + 1>());
    });
  });
}

// What is rare, or waits for memory mostly, has no kernels of its own where all is inside: each is kilobytes.
template <class Any>
using WholeOf = PlaneCase<typename Any::D, Any::height, Any::step,
                          Any::height == band_heights[0] && Any::step == 1 &&
                              Any::lanes == hn::MaxLanes(hn::ScalableTag<typename Any::T>())>;

// Half the widest vectors serve narrower planes.
template <class T, class Make>
auto with_lanes_for([[maybe_unused]] std::int64_t columns, Make&& make) {
#if HWY_TARGET <= HWY_AVX3
  constexpr std::int64_t half = 32 / sizeof(T);
  if (columns <= half) return make(hn::CappedTag<T, half>());
#endif
  return make(hn::ScalableTag<T>());
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
