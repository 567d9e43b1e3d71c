#include "base/fma_peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "base/fma_peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains hide a latency of four to five cycles on two ports. The chains start from different values; identical
// ones would be merged and we would measure latency, not throughput. Returns the number of operations; `sink` keeps the
// results alive.
template <class T>
double chains(std::int64_t rounds, T* sink) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const V scale = hn::Set(d, T(0.999)), shift = hn::Set(d, T(0.001));
  V a = hn::Set(d, *sink), b = hn::Add(a, shift), c = hn::Add(b, shift), e = hn::Add(c, shift);
  V f = hn::Add(e, shift), g = hn::Add(f, shift), h = hn::Add(g, shift), i = hn::Add(h, shift);
  V j = hn::Add(i, shift), k = hn::Add(j, shift), l = hn::Add(k, shift), m = hn::Add(l, shift);
  for (std::int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, scale, shift), b = hn::MulAdd(b, scale, shift), c = hn::MulAdd(c, scale, shift);
    e = hn::MulAdd(e, scale, shift), f = hn::MulAdd(f, scale, shift), g = hn::MulAdd(g, scale, shift);
    h = hn::MulAdd(h, scale, shift), i = hn::MulAdd(i, scale, shift), j = hn::MulAdd(j, scale, shift);
    k = hn::MulAdd(k, scale, shift), l = hn::MulAdd(l, scale, shift), m = hn::MulAdd(m, scale, shift);
  }
  const V low = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(f, g));
  const V high = hn::Add(hn::Add(hn::Add(h, i), hn::Add(j, k)), hn::Add(l, m));
  *sink += hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
  return 12.0 * 2.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

double chains_f32(std::int64_t rounds, float* sink) { return chains(rounds, sink); }
double chains_f64(std::int64_t rounds, double* sink) { return chains(rounds, sink); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <chrono>
#include <vector>

#include "base/isa_limit.h"
#include "base/parallel_for.h"

namespace faltung {
namespace {

HWY_EXPORT(chains_f32);
HWY_EXPORT(chains_f64);

template <class T, class Kernel>
double peak(int threads, double seconds, Kernel kernel) {
  using Clock = std::chrono::steady_clock;
  isa_limit();
  const Execution execution({}, nullptr, threads);
  const int count = thread_count(execution);
  double best = 0;
  for (const auto start = Clock::now(); std::chrono::duration<double>(Clock::now() - start).count() < seconds;) {
    std::vector<double> flops(static_cast<std::size_t>(count) * 8);  // one cache line per thread
    const auto round_start = Clock::now();
    parallel_for(execution, count, [&](std::int64_t thread) {
      T sink = 0;
      flops[static_cast<std::size_t>(thread) * 8] = kernel(200000, &sink);
      volatile T kept = sink;
      (void)kept;
    });
    const double elapsed = std::chrono::duration<double>(Clock::now() - round_start).count();
    best = std::max(best, flops[0] * count / elapsed);
  }
  return best;
}

}  // namespace

double fma_peak_f32(int threads, double seconds) {
  return peak<float>(threads, seconds,
                     [](std::int64_t n, float* sink) { return HWY_DYNAMIC_DISPATCH(chains_f32)(n, sink); });
}

double fma_peak_f64(int threads, double seconds) {
  return peak<double>(threads, seconds,
                      [](std::int64_t n, double* sink) { return HWY_DYNAMIC_DISPATCH(chains_f64)(n, sink); });
}

}  // namespace faltung
#endif  // HWY_ONCE
