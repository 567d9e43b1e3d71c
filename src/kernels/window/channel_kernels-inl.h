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
  std::int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) body(c, std::integral_constant<std::int64_t, 0>());
  if (c < channels) body(channels - lanes, c - (channels - lanes));
}

// Elsewhere Highway's own conversion makes numbers of infinities and NaN.
inline constexpr bool has_float16 = HWY_TARGET <= HWY_AVX2 || HWY_TARGET == HWY_NEON;

template <class T>
inline constexpr DType type_of = std::is_same_v<T, double> ? DType::f64 : DType::f32;

// What a kernel knows when it is compiled; 0 taps: any taps, steps and distances.
template <class Lanes, class Source, int taps_, int step_, bool whole_>
struct Case {
  using D = Lanes;
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using From = Source;
  static constexpr int taps = taps_, step = step_, reach = (run_positions - 1) * step + taps;
  static constexpr bool whole = whole_;
};

// Each coordinate is loaded once and meets up to `taps` positions.
template <class C>
HWY_INLINE void add_row(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                        typename C::V* sums) {
  const typename C::D d;
  typename C::V weight[C::taps];
  unrolled<C::taps>([&](auto s) HWY_ATTR { weight[s] = hn::LoadU(d, weights + s * run.weight_stride); });
  unrolled<C::reach>([&](auto at) HWY_ATTR {
    if constexpr (!C::whole)
      if (at < run.first || at >= run.end) return;
    const typename C::V number = load(d, source + at * run.source_stride);
    unrolled<C::taps>([&](auto s) HWY_ATTR {
      constexpr int from_first = at - s, p = from_first / C::step;
      if constexpr (from_first >= 0 && from_first % C::step == 0 && p < run_positions)
        sums[p] = hn::MulAdd(weight[s], number, sums[p]);
    });
  });
}

template <class C>
HWY_INLINE void add_any_row(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                            typename C::V* sums) {
  const typename C::D d;
  for (std::int64_t s = 0; s < run.taps; ++s) {
    const typename C::V weight = hn::LoadU(d, weights + s * run.weight_stride);
    const std::int64_t first = s * run.tap_step;
    unrolled<run_positions>([&](auto p) HWY_ATTR {
      const std::int64_t at = first + p * run.step;
      if constexpr (!C::whole)
        if (p >= run.positions || at < run.first || at >= run.end) return;
      sums[p] = hn::MulAdd(weight, load(d, source + at * run.source_stride), sums[p]);
    });
  }
}

template <class C>
HWY_FLATTEN void sum_channels(const ChannelRun& run, const typename C::T* weights, typename C::T* positions) {
  const typename C::D d;
  const auto* source = static_cast<const typename C::From*>(run.source);
  for_channels(d, run.channels, [&](std::int64_t c, auto) HWY_ATTR {
    typename C::V sums[run_positions];
    unrolled<run_positions>([&](auto p) HWY_ATTR { sums[p] = hn::Zero(d); });
    for (const TapRow* row = run.rows; row < run.rows + run.row_count; ++row) {
      if constexpr (C::taps > 0)
        add_row<C>(run, source + row->source + c, weights + row->weights + c, sums);
      else
        add_any_row<C>(run, source + row->source + c, weights + row->weights + c, sums);
    }
    unrolled<run_positions>([&](auto p) HWY_ATTR {
      if (C::whole || p < run.positions) hn::StoreU(sums[p], d, positions + p * run.position_stride + c);
    });
  });
}

template <class C>
HWY_INLINE void multiply_row(const ChannelRun& run, const typename C::From* source, const typename C::V* positions,
                             typename C::V* sums) {
  const typename C::D d;
  unrolled<C::reach>([&](auto at) HWY_ATTR {
    if constexpr (!C::whole)
      if (at < run.first || at >= run.end) return;
    const typename C::V number = load(d, source + at * run.source_stride);
    unrolled<C::taps>([&](auto s) HWY_ATTR {
      constexpr int from_first = at - s, p = from_first / C::step;
      if constexpr (from_first >= 0 && from_first % C::step == 0 && p < run_positions)
        if (C::whole || p < run.positions) sums[s] = hn::MulAdd(positions[p], number, sums[s]);
    });
  });
}

template <class C>
HWY_INLINE typename C::V multiply_tap(const ChannelRun& run, const typename C::From* source,
                                      const typename C::V* positions, std::int64_t first) {
  const typename C::D d;
  typename C::V sum = hn::Zero(d);
  unrolled<run_positions>([&](auto p) HWY_ATTR {
    const std::int64_t at = first + p * run.step;
    if constexpr (!C::whole)
      if (p >= run.positions || at < run.first || at >= run.end) return;
    sum = hn::MulAdd(positions[p], load(d, source + at * run.source_stride), sum);
  });
  return sum;
}

// Lanes that were done before stay as they are.
template <class D, class Done>
HWY_INLINE void add_to(D d, hn::Vec<D> sum, Done done, hn::TFromD<D>* to) {
  const auto old = hn::LoadU(d, to);
  auto all = hn::Add(old, sum);
  if constexpr (std::is_same_v<Done, std::int64_t>)
    all = hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(done)), old, all);
  hn::StoreU(all, d, to);
}

template <class C>
HWY_FLATTEN void sum_positions_of(const ChannelRun& run, const void* positions, typename C::T* weights) {
  const typename C::D d;
  const auto* source = static_cast<const typename C::From*>(run.source);
  for_channels(d, run.channels, [&](std::int64_t c, auto done) HWY_ATTR {
    typename C::V held[run_positions];
    unrolled<run_positions>([&](auto p) HWY_ATTR {
      held[p] = C::whole || p < run.positions
                    ? load(d, static_cast<const typename C::From*>(positions) + p * run.position_stride + c)
                    : hn::Zero(d);
    });
    for (const TapRow* row = run.rows; row < run.rows + run.row_count; ++row) {
      typename C::T* to = weights + row->weights + c;
      if constexpr (C::taps > 0) {
        typename C::V sums[C::taps];
        unrolled<C::taps>([&](auto s) HWY_ATTR { sums[s] = hn::Zero(d); });
        multiply_row<C>(run, source + row->source + c, held, sums);
        unrolled<C::taps>([&](auto s) HWY_ATTR { add_to(d, sums[s], done, to + s * run.weight_stride); });
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
  using Whole = Case<D, From, taps, step, true>;
  using Any = Case<D, From, taps, step, false>;
  return {.lanes = static_cast<int>(hn::Lanes(D())),
          .sums = {&sum_channels<Whole>, &sum_channels<Any>},
          .taps = {&sum_positions_of<Whole>, &sum_positions_of<Any>}};
}

// Common filters have kernels of their own; in f64, which is rare, the most common one only: each is kilobytes.
template <class D, class From>
ChannelKernels<hn::TFromD<D>> kernels_for(const RunShape& shape) {
  if (shape.tap_step == 1 && shape.step == 1 && shape.taps == 3) return kernels_of<D, From, 3, 1>();
  if constexpr (!std::is_same_v<From, double>) {
    if (shape.tap_step == 1 && shape.step == 1) {
      if (shape.taps == 5) return kernels_of<D, From, 5, 1>();
      if (shape.taps == 7) return kernels_of<D, From, 7, 1>();
    }
    if (shape.tap_step == 1 && shape.step == 2) {
      if (shape.taps == 3) return kernels_of<D, From, 3, 2>();
      if (shape.taps == 5) return kernels_of<D, From, 5, 2>();
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
