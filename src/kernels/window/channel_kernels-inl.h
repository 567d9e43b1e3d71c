// The kernels of one type for one instruction set.
#if defined(FALTUNG_CHANNEL_KERNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_CHANNEL_KERNELS_INL
#undef FALTUNG_CHANNEL_KERNELS_INL
#else
#define FALTUNG_CHANNEL_KERNELS_INL
#endif

#include <algorithm>

#include "hwy/highway.h"
#include "kernels/window/unrolled-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D, class From>
HWY_INLINE hn::Vec<D> load(D d, const From* from) {
  if constexpr (std::is_same_v<From, hn::TFromD<D>>)
    return hn::LoadU(d, from);
  else
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<From, D>(), from));
}

// Calls body(c, done) for vectors of channels; of the last one, that many lanes were in the one before.
template <class D, class Body>
HWY_INLINE void for_channels(D d, std::int64_t channels, Body&& body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t next = 0; next < channels; next += lanes) {
    const std::int64_t c = std::min(next, channels - lanes);
    body(c, next - c);
  }
}

// Elsewhere Highway's own conversion makes numbers of infinities and NaN.
inline constexpr bool has_float16 = HWY_TARGET <= HWY_AVX2 || HWY_TARGET == HWY_NEON;

template <class T>
inline constexpr DType type_of = std::is_same_v<T, double> ? DType::f64 : DType::f32;

// What a kernel knows when it is compiled; 0 taps: any taps, steps and distances.
template <class Lanes, class Source, int taps_, int step_>
struct Case {
  using D = Lanes;
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using From = Source;
  static constexpr int taps = taps_, step = step_, reach = (run_positions - 1) * step + taps;
};

HWY_INLINE bool is_inside(const ChannelRun& run, std::int64_t at) {
  return static_cast<std::uint64_t>(at - run.first) < static_cast<std::uint64_t>(run.end - run.first);
}

template <class C>
HWY_INLINE void store_positions(const ChannelRun& run, const typename C::V* sums, typename C::T* positions) {
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    if (p < run.positions) hn::StoreU(sums[p], typename C::D(), positions + p * run.position_stride);
  });
}

// Those that the run does not have are zeros, whatever they meet.
template <class C>
HWY_INLINE void load_positions(const ChannelRun& run, const typename C::From* positions, typename C::V* held) {
  const typename C::D d;
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    held[p] = p < run.positions ? load(d, positions + p * run.position_stride) : hn::Zero(d);
  });
}

// Calls body(at, number) for each coordinate inside, which is loaded once and meets up to `taps` positions.
template <class C, class Body>
HWY_INLINE void for_coordinates(const ChannelRun& run, const typename C::From* source, Body&& body) {
  const std::int64_t first = run.first, end = run.end, stride = run.source_stride;
  unrolled<C::reach>([&](auto at) FALTUNG_INLINED {
    if (at >= first && at < end) body(at, load(typename C::D(), source));
    source += stride;
  });
}

template <class C>
HWY_INLINE void add_row(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                        typename C::V* sums) {
  const typename C::D d;
  typename C::V weight[C::taps];
  unrolled<C::taps>([&](auto s) FALTUNG_INLINED { weight[s] = hn::LoadU(d, weights + s * run.weight_stride); });
  for_coordinates<C>(run, source, [&](auto at, typename C::V number) FALTUNG_INLINED {
    unrolled<C::taps>([&](auto s) FALTUNG_INLINED {
      constexpr int from_first = at - s, p = from_first / C::step;
      if constexpr (from_first >= 0 && from_first % C::step == 0 && p < run_positions)
        sums[p] = hn::MulAdd(weight[s], number, sums[p]);
    });
  });
}

// Calls body(p, number) for each position that meets a coordinate inside; position 0 meets `first`.
template <class C, class Body>
HWY_INLINE void for_positions(const ChannelRun& run, const typename C::From* source, std::int64_t first, Body&& body) {
  const std::int64_t step = run.step, stride = step * run.source_stride, last = first + (run_positions - 1) * step;
  source += first * run.source_stride;
  const auto call = [&](auto p) FALTUNG_INLINED { body(p, load(typename C::D(), source + p * stride)); };
  if (first >= run.first && last < run.end) return unrolled<run_positions>(call);
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    if (is_inside(run, first + p * step)) call(p);
  });
}

template <class C>
HWY_INLINE void add_any_row(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                            typename C::V* sums) {
  for (std::int64_t s = 0; s < run.taps; ++s) {
    const typename C::V weight = hn::LoadU(typename C::D(), weights + s * run.weight_stride);
    for_positions<C>(run, source, s * run.tap_step, [&](auto p, typename C::V number) FALTUNG_INLINED {
      sums[p] = hn::MulAdd(weight, number, sums[p]);
    });
  }
}

template <class C>
HWY_FLATTEN void sum_channels(const ChannelRun& given, const typename C::T* weights, typename C::T* positions) {
  const ChannelRun run = given;  // which nothing that is stored can change
  const typename C::D d;
  const auto* source = static_cast<const typename C::From*>(run.source);
  for_channels(d, run.channels, [&](std::int64_t c, std::int64_t) FALTUNG_INLINED {
    typename C::V sums[run_positions];
    unrolled<run_positions>([&](auto p) FALTUNG_INLINED { sums[p] = hn::Zero(d); });
    for (const TapRow* row = run.rows; row < run.rows + run.row_count; ++row) {
      if constexpr (C::taps > 0)
        add_row<C>(run, source + row->source + c, weights + row->weights + c, sums);
      else
        add_any_row<C>(run, source + row->source + c, weights + row->weights + c, sums);
    }
    store_positions<C>(run, sums, positions + c);
  });
}

template <class C>
HWY_INLINE void multiply_row(const ChannelRun& run, const typename C::From* source, const typename C::V* positions,
                             typename C::V* sums) {
  for_coordinates<C>(run, source, [&](auto at, typename C::V number) FALTUNG_INLINED {
    unrolled<C::taps>([&](auto s) FALTUNG_INLINED {
      constexpr int from_first = at - s, p = from_first / C::step;
      if constexpr (from_first >= 0 && from_first % C::step == 0 && p < run_positions)
        sums[s] = hn::MulAdd(positions[p], number, sums[s]);
    });
  });
}

template <class C>
HWY_INLINE typename C::V multiply_tap(const ChannelRun& run, const typename C::From* source,
                                      const typename C::V* positions, std::int64_t first) {
  typename C::V sum = hn::Zero(typename C::D());
  for_positions<C>(run, source, first,
                   [&](auto p, typename C::V number) FALTUNG_INLINED { sum = hn::MulAdd(positions[p], number, sum); });
  return sum;
}

// Lanes that were done before stay as they are.
template <class D>
HWY_INLINE void add_to(D d, hn::Vec<D> sum, std::int64_t done, hn::TFromD<D>* to) {
  const auto old = hn::LoadU(d, to);
  auto all = hn::Add(old, sum);
  if (done > 0) all = hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(done)), old, all);
  hn::StoreU(all, d, to);
}

template <class C>
HWY_FLATTEN void sum_positions_of(const ChannelRun& given, const void* positions, typename C::T* weights) {
  const ChannelRun run = given;  // which nothing that is stored can change
  const typename C::D d;
  const auto* source = static_cast<const typename C::From*>(run.source);
  for_channels(d, run.channels, [&](std::int64_t c, std::int64_t done) FALTUNG_INLINED {
    typename C::V held[run_positions];
    load_positions<C>(run, static_cast<const typename C::From*>(positions) + c, held);
    for (const TapRow* row = run.rows; row < run.rows + run.row_count; ++row) {
      typename C::T* to = weights + row->weights + c;
      if constexpr (C::taps > 0) {
        typename C::V sums[C::taps];
        unrolled<C::taps>([&](auto s) FALTUNG_INLINED { sums[s] = hn::Zero(d); });
        multiply_row<C>(run, source + row->source + c, held, sums);
        unrolled<C::taps>([&](auto s) FALTUNG_INLINED { add_to(d, sums[s], done, to + s * run.weight_stride); });
      } else {
        for (std::int64_t s = 0; s < run.taps; ++s)
          add_to(d, multiply_tap<C>(run, source + row->source + c, held, s * run.tap_step), done,
                 to + s * run.weight_stride);
      }
    }
  });
}

template <class D, class From, int taps, int step>
ChannelKernels<hn::TFromD<D>> kernels_of() {
  using C = Case<D, From, taps, step>;
  return {.lanes = static_cast<int>(hn::Lanes(D())), .sums = &sum_channels<C>, .taps = &sum_positions_of<C>};
}

// Whether common filters have kernels of their own. Each is kilobytes, and numbers that are converted want them less.
template <class D, class From>
constexpr bool has_common() {
  constexpr bool few_have = HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2;  // such a processor
  constexpr bool widest = hn::MaxLanes(D()) == hn::MaxLanes(hn::ScalableTag<hn::TFromD<D>>());
  return HWY_TARGET != HWY_SCALAR && (std::is_same_v<From, hn::TFromD<D>> || (widest && !few_have));
}

template <class D, class From>
ChannelKernels<hn::TFromD<D>> kernels_for(const RunShape& shape) {
  if constexpr (has_common<D, From>()) {
    if (is_common(shape) && shape.step == 1 && shape.taps == 3) return kernels_of<D, From, 3, 1>();
    if constexpr (!std::is_same_v<From, double>) {
      if (is_common(shape) && shape.step == 1 && shape.taps == 5) return kernels_of<D, From, 5, 1>();
      if (is_common(shape) && shape.step == 1 && shape.taps == 7) return kernels_of<D, From, 7, 1>();
      if (is_common(shape) && shape.taps == 3) return kernels_of<D, From, 3, 2>();
      if (is_common(shape) && shape.taps == 5) return kernels_of<D, From, 5, 2>();
    }
  }
  return kernels_of<D, From, 0, 1>();
}

template <class D>
ChannelKernels<hn::TFromD<D>> kernels_from(const RunShape& shape) {
  if (shape.channels < static_cast<std::int64_t>(hn::Lanes(D()))) return {};
  if (shape.source == type_of<hn::TFromD<D>>) return kernels_for<D, hn::TFromD<D>>(shape);
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    if (shape.source == DType::bf16) return kernels_for<D, hwy::bfloat16_t>(shape);
    if constexpr (has_float16)
      if (shape.source == DType::f16) return kernels_for<D, hwy::float16_t>(shape);
  }
  return {};
}

// Half the widest vectors serve fewer channels.
template <class T>
ChannelKernels<T> make_channel_kernels(const RunShape& shape) {
  const ChannelKernels<T> kernels = kernels_from<hn::ScalableTag<T>>(shape);
#if HWY_TARGET <= HWY_AVX3
  if (kernels.lanes == 0) return kernels_from<hn::CappedTag<T, 32 / sizeof(T)>>(shape);
#endif
  return kernels;
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
