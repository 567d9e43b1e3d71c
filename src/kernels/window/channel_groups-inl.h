// Small groups with neighbouring channels on the lanes: sums over the channels of a group, which are in one block of
// 128 bits, each spread over the block in turn.
#if defined(FALTUNG_CHANNEL_GROUPS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_CHANNEL_GROUPS_INL
#undef FALTUNG_CHANNEL_GROUPS_INL
#else
#define FALTUNG_CHANNEL_GROUPS_INL
#endif

#include "hwy/highway.h"
#include "kernels/window/channel_kernels-inl.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

// Channel j of each group on all of the group's lanes.
template <int group, int j, class V>
HWY_INLINE V spread(V numbers) {
  if constexpr (group == 4)
    return hn::Broadcast<j>(numbers);
  else
    return j == 0 ? hn::DupEven(numbers) : hn::DupOdd(numbers);
}

template <class C, int group>
HWY_INLINE void add_group_tap(const ChannelRun& run, const typename C::From* source, const typename C::T* weights,
                              std::int64_t first, typename C::V* sums) {
  const typename C::D d;
  const std::int64_t stride = run.weight_stride / group;  // from a channel of the source to the next
  typename C::V weight[group];
  unrolled<group>([&](auto j) FALTUNG_INLINED { weight[j] = hn::LoadU(d, weights + j * stride); });
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    const std::int64_t at = first + p * run.step;
    if (!is_inside(run, at)) return;
    const typename C::V numbers = load(d, source + at * run.source_stride);
    unrolled<group>([&](auto j)
                        FALTUNG_INLINED { sums[p] = hn::MulAdd(weight[j], spread<group, j>(numbers), sums[p]); });
  });
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
      for (std::int64_t s = 0; s < run.taps; ++s)
        add_group_tap<C, group>(run, source + row->source + c, weights + row->weights + s * run.weight_stride + c,
                                s * run.tap_step, sums);
    store_positions<C>(run, sums, positions + c);
  });
}

template <class C, int group>
HWY_INLINE void multiply_group_tap(const ChannelRun& run, const typename C::From* source, const typename C::V* held,
                                   std::int64_t first, std::int64_t done, typename C::T* weights) {
  const typename C::D d;
  typename C::V sums[group];
  unrolled<group>([&](auto j) FALTUNG_INLINED { sums[j] = hn::Zero(d); });
  unrolled<run_positions>([&](auto p) FALTUNG_INLINED {
    const std::int64_t at = first + p * run.step;
    if (!is_inside(run, at)) return;
    const typename C::V numbers = load(d, source + at * run.source_stride);
    unrolled<group>([&](auto j) FALTUNG_INLINED { sums[j] = hn::MulAdd(held[p], spread<group, j>(numbers), sums[j]); });
  });
  unrolled<group>([&](auto j) FALTUNG_INLINED { add_to(d, sums[j], done, weights + j * (run.weight_stride / group)); });
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
      for (std::int64_t s = 0; s < run.taps; ++s)
        multiply_group_tap<C, group>(run, source + row->source + c, held, s * run.tap_step, done,
                                     weights + row->weights + s * run.weight_stride + c);
  });
}

template <class D, class From, int group>
ChannelKernels<hn::TFromD<D>> group_kernels_of() {
  using C = Case<D, From, 0, 1>;
  return {.lanes = static_cast<int>(hn::Lanes(D())),
          .sums = &sum_groups<C, group>,
          .taps = &sum_positions_of_groups<C, group>};
}

template <class D, class From>
ChannelKernels<hn::TFromD<D>> group_kernels_for(const RunShape& shape, std::int64_t group) {
  if (shape.channels < static_cast<std::int64_t>(hn::Lanes(D()))) return {};
  return group == 4 ? group_kernels_of<D, From, 4>() : group_kernels_of<D, From, 2>();
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
