// Sums over runs of neighbouring taps, where vectors are as long as a line of memory: a load that is not aligned then
// takes twice as long, so one that serves several taps pays. With shorter vectors it does not.
#if defined(FALTUNG_WINDOW_RUNS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_WINDOW_RUNS_INL
#undef FALTUNG_WINDOW_RUNS_INL
#else
#define FALTUNG_WINDOW_RUNS_INL
#endif

#include <type_traits>

#include "hwy/highway.h"
#include "kernels/window/unrolled-inl.h"
#include "kernels/window/window_kernels.h"

#if HWY_TARGET <= HWY_AVX3
HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// `count` vectors, each a number behind the one before: those in whole blocks of 128 bits are loaded, the others
// shifted together.
template <class D, int count>
HWY_INLINE void load_run(D d, const hn::TFromD<D>* from, hn::Vec<D>* numbers) {
  constexpr int block = 16 / sizeof(hn::TFromD<D>), blocks = (count + block - 2) / block + 1;
  if constexpr (blocks < count) {
    hn::Vec<D> loaded[blocks];
    unrolled<blocks>([&](auto b) HWY_ATTR { loaded[b] = hn::LoadU(d, from + b * block); });
    unrolled<count>([&](auto t) HWY_ATTR {
      constexpr int b = t / block, shift = t % block;
      if constexpr (shift == 0)
        numbers[t] = loaded[b];
      else
        numbers[t] = hn::CombineShiftRightBytes<shift * sizeof(hn::TFromD<D>)>(d, loaded[b + 1], loaded[b]);
    });
  } else {
    unrolled<count>([&](auto t) HWY_ATTR { numbers[t] = hn::LoadU(d, from + t); });
  }
}

template <class D, int vectors, int count>
HWY_INLINE void add_run(D d, const hn::TFromD<D>* from, const hn::TFromD<D>* weights, hn::Vec<D>* sums) {
  hn::Vec<D> weight[count];
  unrolled<count>([&](auto t) HWY_ATTR { weight[t] = hn::Set(d, weights[t]); });
  unrolled<vectors>([&](auto v) HWY_ATTR {
    hn::Vec<D> numbers[count];
    load_run<D, count>(d, from + v * static_cast<std::int64_t>(hn::Lanes(d)), numbers);
    unrolled<count>([&](auto t) HWY_ATTR { sums[v] = hn::MulAdd(weight[t], numbers[t], sums[v]); });
  });
}

// One row of sums.
template <class T, int vectors>
HWY_INLINE void sum_runs(const TapList& taps, const T* source, const T* weights, T* sums) {
  const hn::ScalableTag<T> d;
  using D = std::remove_const_t<decltype(d)>;
  hn::Vec<D> sum[vectors];
  unrolled<vectors>([&](auto v) HWY_ATTR { sum[v] = hn::Zero(d); });
  const std::int64_t* offset = taps.offsets;
  for (const std::int32_t* run = taps.runs; run < taps.runs + taps.run_count; ++run) {
    unrolled<max_run>([&](auto i) HWY_ATTR {
      if (*run == i + 1) add_run<D, vectors, i + 1>(d, source + *offset, weights, sum);
    });
    offset += *run, weights += *run;
  }
  unrolled<vectors>([&](auto v)
                        HWY_ATTR { hn::StoreU(sum[v], d, sums + v * static_cast<std::int64_t>(hn::Lanes(d))); });
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
