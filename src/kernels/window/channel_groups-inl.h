// Small groups with neighbouring channels on the lanes: sums over the channels of a group, each spread over the group's
// lanes in turn.
#if defined(FALTUNG_CHANNEL_GROUPS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_CHANNEL_GROUPS_INL
#undef FALTUNG_CHANNEL_GROUPS_INL
#else
#define FALTUNG_CHANNEL_GROUPS_INL
#endif

#include "hwy/highway.h"
#include "kernels/window/channel_groups.h"
#include "kernels/window/channel_kernels-inl.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

// Where the spread channels of a group come from: a shuffle within blocks of 128 bits, one across blocks, or, for
// groups that are not smaller than vectors, memory.
template <int group>
inline constexpr bool in_blocks = group <= 4;
template <class C, int group>
inline constexpr bool from_memory = group >= static_cast<int>(hn::MaxLanes(typename C::D())) &&
                                    !in_blocks<group> && std::is_same_v<typename C::From, typename C::T>;

// The lanes of a group's channel j, for the vectors across whose blocks groups reach.
template <int group>
struct SpreadLanes {
  alignas(64) std::int32_t of[group][16] = {};
  constexpr SpreadLanes() {
    for (int j = 0; j < group; ++j)
      for (int lane = 0; lane < 16; ++lane) of[j][lane] = lane / group * group + j;
  }
};
template <int group>
inline constexpr SpreadLanes<group> spread_lanes;

// Channel j of each group on all of the group's lanes.
template <int group, int j, class V>
HWY_INLINE V spread_in_block(V numbers) {
  if constexpr (group == 4)
    return hn::Broadcast<j>(numbers);
  else
    return j == 0 ? hn::DupEven(numbers) : hn::DupOdd(numbers);
}

// Calls body(at, spread) for each channel of a group: its weights are `at` numbers behind the first one's, and
// spread(numbers, from) has it on all of the group's lanes; a vector holds `numbers`, which are at `from`.
template <class C, int group, class Body>
HWY_INLINE void for_group(const ChannelRun& run, Body&& body) {
  using V = typename C::V;
  using From = typename C::From;
  const typename C::D d;
  const std::int64_t stride = run.weight_stride / group;
  if constexpr (in_blocks<group>) {
    unrolled<group>([&](auto j) FALTUNG_INLINED {
      body(j * stride, [&](V numbers, const From*) FALTUNG_INLINED { return spread_in_block<group, j>(numbers); });
    });
    return;
  }
  // As often as there are channels, which the compiler need not know: unrolled it would be ten times as long.
  for (std::int64_t j = 0, at = 0; at < run.weight_stride; ++j, at += stride) {
    if constexpr (from_memory<C, group>) {
      body(at, [&](V, const From* from) FALTUNG_INLINED { return hn::Set(d, from[j]); });
    } else {
      const auto lanes = hn::SetTableIndices(d, spread_lanes<group>.of[j]);
      body(at, [&](V numbers, const From*) FALTUNG_INLINED { return hn::TableLookupLanes(numbers, lanes); });
    }
  }
}

// What the positions of a run and `taps` neighbouring taps meet, a step apart.
template <class C, int taps_>
struct Met {
  static constexpr int taps = taps_, count = run_positions + taps - 1;
  const typename C::From* source = nullptr;
  std::int64_t stride = 0;
  std::uint32_t inside = 0;  // a bit for each

  bool has(int i) const { return inside >> i & 1; }
};

// From the tap at `first` on.
template <class C, int taps>
HWY_INLINE Met<C, taps> met_at(const ChannelRun& run, const typename C::From* source, std::int64_t first) {
  Met<C, taps> met{.source = source + first * run.source_stride, .stride = run.step * run.source_stride};
  for (int i = 0; i < met.count; ++i)
    met.inside |= static_cast<std::uint32_t>(is_inside(run, first + i * run.step)) << i;
  return met;
}

// Calls begin(at), body(i, number) for each of what is met that is inside, and end(at) for each channel of a group.
// Numbers that are read from memory as they are spread are not loaded.
template <class C, int group, class M, class Begin, class Body, class End>
HWY_INLINE void for_met(const ChannelRun& run, const M& met, Begin&& begin, Body&& body, End&& end) {
  typename C::V numbers[M::count];
  unrolled<M::count>([&](auto i) FALTUNG_INLINED {
    numbers[i] = hn::Zero(typename C::D());
    if constexpr (!from_memory<C, group>)
      if (met.has(i)) numbers[i] = load(typename C::D(), met.source + i * met.stride);
  });
  for_group<C, group>(run, [&](std::int64_t at, auto spread) FALTUNG_INLINED {
    begin(at);
    unrolled<M::count>([&](auto i) FALTUNG_INLINED {
      if (met.has(i)) body(i, spread(numbers[i], met.source + i * met.stride));
    });
    end(at);
  });
}

template <class C, int group, class M>
HWY_INLINE void add_met(const ChannelRun& run, const M& met, const typename C::T* weights, typename C::V* sums) {
  using V = typename C::V;
  V weight[M::taps];
  for_met<C, group>(
      run, met,
      [&](std::int64_t at) FALTUNG_INLINED {
        const auto* from = weights + at;
        unrolled<M::taps>(
            [&](auto s) FALTUNG_INLINED { weight[s] = hn::LoadU(typename C::D(), from + s * run.weight_stride); });
      },
      [&](auto i, V number) FALTUNG_INLINED {
        unrolled<M::taps>([&](auto s) FALTUNG_INLINED {
          constexpr int p = i - s;
          if constexpr (p >= 0 && p < run_positions) sums[p] = hn::MulAdd(weight[s], number, sums[p]);
        });
      },
      [](std::int64_t) {});
}

// One tap in groups whose channels are spread within a block: each position's number is loaded once.
template <class C, int group>
HWY_INLINE void add_tap_in_blocks(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                                  std::int64_t first, typename C::V* sums) {
  const typename C::D d;
  const std::int64_t stride = run.weight_stride / group;  // from a channel of the source to the next
  typename C::V weight[group];
  unrolled<group>([&](auto j) FALTUNG_INLINED { weight[j] = hn::LoadU(d, weights + j * stride); });
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    const std::int64_t at = first + p * run.step;
    if (!is_inside(run, at)) return;
    const typename C::V numbers = load(d, source + at * run.source_stride);
    unrolled<group>(
        [&](auto j) FALTUNG_INLINED { sums[p] = hn::MulAdd(weight[j], spread_in_block<group, j>(numbers), sums[p]); });
  });
}

// The taps of a row, as many at a time as the kernel is made for.
template <class C, int group>
HWY_INLINE void add_group_row(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                              typename C::V* sums) {
  if constexpr (C::taps > 0) return add_met<C, group>(run, met_at<C, C::taps>(run, source, 0), weights, sums);
  for (std::int64_t s = 0; s < run.taps; ++s, weights += run.weight_stride) {
    if constexpr (in_blocks<group>)
      add_tap_in_blocks<C, group>(run, source, weights, s * run.tap_step, sums);
    else
      add_met<C, group>(run, met_at<C, 1>(run, source, s * run.tap_step), weights, sums);
  }
}

// The first of the channels in memory that a vector's channels are spread from.
template <class C, int group>
HWY_INLINE std::int64_t first_of_group(std::int64_t channel) {
  return from_memory<C, group> ? channel / group * group : channel;
}

template <class C, int group>
HWY_FLATTEN void sum_groups(const ChannelRun& given, const typename C::T* weights, typename C::T* positions) {
  const ChannelRun run = given;  // which nothing that is stored can change
  const typename C::D d;
  const auto* source = static_cast<const typename C::From*>(run.source);
  for_channels(d, run.channels, [&](std::int64_t c, std::int64_t) FALTUNG_INLINED {
    typename C::V sums[run_positions];
    unrolled<run_positions>([&](auto p) FALTUNG_INLINED { sums[p] = hn::Zero(d); });
    for (const TapRow* row = run.rows; row < run.rows + run.row_count; ++row)
      add_group_row<C, group>(run, source + row->source + first_of_group<C, group>(c), weights + row->weights + c,
                              sums);
    store_positions<C>(run, sums, positions + c);
  });
}

template <class C, int group, class M>
HWY_INLINE void multiply_met(const ChannelRun& run, const M& met, const typename C::V* held, std::int64_t done,
                             typename C::T* weights) {
  using V = typename C::V;
  const typename C::D d;
  V sums[M::taps];
  for_met<C, group>(
      run, met,
      [&](std::int64_t) FALTUNG_INLINED { unrolled<M::taps>([&](auto s) FALTUNG_INLINED { sums[s] = hn::Zero(d); }); },
      [&](auto i, V number) FALTUNG_INLINED {
        unrolled<M::taps>([&](auto s) FALTUNG_INLINED {
          constexpr int p = i - s;
          if constexpr (p >= 0 && p < run_positions) sums[s] = hn::MulAdd(held[p], number, sums[s]);
        });
      },
      [&](std::int64_t at) FALTUNG_INLINED {
        auto* to = weights + at;
        unrolled<M::taps>([&](auto s) FALTUNG_INLINED { add_to(d, sums[s], done, to + s * run.weight_stride); });
      });
}

template <class C, int group>
HWY_INLINE void multiply_tap_in_blocks(const ChannelRun& run, const typename C::From* source, const typename C::V* held,
                                       std::int64_t first, std::int64_t done, typename C::T* weights) {
  const typename C::D d;
  typename C::V sums[group];
  unrolled<group>([&](auto j) FALTUNG_INLINED { sums[j] = hn::Zero(d); });
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    const std::int64_t at = first + p * run.step;
    if (!is_inside(run, at)) return;
    const typename C::V numbers = load(d, source + at * run.source_stride);
    unrolled<group>(
        [&](auto j) FALTUNG_INLINED { sums[j] = hn::MulAdd(held[p], spread_in_block<group, j>(numbers), sums[j]); });
  });
  unrolled<group>([&](auto j) FALTUNG_INLINED { add_to(d, sums[j], done, weights + j * (run.weight_stride / group)); });
}

template <class C, int group>
HWY_INLINE void multiply_group_row(const ChannelRun& run, const typename C::From* source, const typename C::V* held,
                                   std::int64_t done, typename C::T* weights) {
  if constexpr (C::taps > 0)
    return multiply_met<C, group>(run, met_at<C, C::taps>(run, source, 0), held, done, weights);
  for (std::int64_t s = 0; s < run.taps; ++s, weights += run.weight_stride) {
    if constexpr (in_blocks<group>)
      multiply_tap_in_blocks<C, group>(run, source, held, s * run.tap_step, done, weights);
    else
      multiply_met<C, group>(run, met_at<C, 1>(run, source, s * run.tap_step), held, done, weights);
  }
}

template <class C, int group>
HWY_FLATTEN void sum_positions_of_groups(const ChannelRun& given, const void* positions, typename C::T* weights) {
  const ChannelRun run = given;  // which nothing that is stored can change
  const typename C::D d;
  const auto* source = static_cast<const typename C::From*>(run.source);
  for_channels(d, run.channels, [&](std::int64_t c, std::int64_t done) FALTUNG_INLINED {
    typename C::V held[run_positions];
    load_positions<C>(run, static_cast<const typename C::From*>(positions) + c, held);
    for (const TapRow* row = run.rows; row < run.rows + run.row_count; ++row)
      multiply_group_row<C, group>(run, source + row->source + first_of_group<C, group>(c), held, done,
                                   weights + row->weights + c);
  });
}

template <class C, int group>
ChannelKernels<typename C::T> group_kernels_of() {
  return {.lanes = static_cast<int>(hn::Lanes(typename C::D())),
          .sums = &sum_groups<C, group>,
          .taps = &sum_positions_of_groups<C, group>};
}

// Which kernels there are is a matter of kilobytes: few processors end at SSE4, and half vectors serve few channels.
template <class D>
inline constexpr bool is_widest = hn::MaxLanes(D()) == hn::MaxLanes(hn::ScalableTag<float>());
template <class D, class From>
inline constexpr bool has_three_taps =
    is_widest<D>&& std::is_same_v<From, float> && !(HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2);
// A group that is not read from memory is in one vector.
template <class D, class From>
inline constexpr bool has_groups_of_eight = is_widest<D> && (hn::MaxLanes(D()) >= 8 || std::is_same_v<From, float>);

template <class D, class From, int group>
ChannelKernels<float> group_kernels_for(const RunShape& shape) {
  if constexpr (has_three_taps<D, From>)
    if (shares_group_taps(shape)) return group_kernels_of<Case<D, From, 3, 1>, group>();
  return group_kernels_of<Case<D, From, 0, 1>, group>();
}

template <class D, class From>
ChannelKernels<float> group_kernels_for(const RunShape& shape, std::int64_t group) {
  if (shape.channels < static_cast<std::int64_t>(hn::Lanes(D()))) return {};
  if (group == 2) return group_kernels_for<D, From, 2>(shape);
  if (group == 4) return group_kernels_for<D, From, 4>(shape);
  if constexpr (has_groups_of_eight<D, From>) return group_kernels_for<D, From, 8>(shape);
  return {};
}

template <class D>
ChannelKernels<float> group_kernels_from(const RunShape& shape, std::int64_t group) {
  if (shape.source == DType::f32) return group_kernels_for<D, float>(shape, group);
  if (shape.source == DType::bf16) return group_kernels_for<D, hwy::bfloat16_t>(shape, group);
  if constexpr (has_float16)
    if (shape.source == DType::f16) return group_kernels_for<D, hwy::float16_t>(shape, group);
  return {};
}

// Half the widest vectors serve fewer channels.
inline ChannelKernels<float> make_channel_group_kernels(const RunShape& shape, std::int64_t group) {
  const ChannelKernels<float> kernels = group_kernels_from<hn::ScalableTag<float>>(shape, group);
#if HWY_TARGET <= HWY_AVX3
  if (kernels.lanes == 0) return group_kernels_from<hn::CappedTag<float, 8>>(shape, group);
#endif
  return kernels;
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
