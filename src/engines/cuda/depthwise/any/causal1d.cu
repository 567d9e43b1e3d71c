// One kernel per layout. `Ahead`: data gradient, whose window reaches forwards from the element, with the filter
// flipped.
#include "device/cuda/code/pack.h"
#include "engines/cuda/depthwise/any/causal1d.h"
#include "engines/cuda/depthwise/launch.h"
#include "problem/epilogue.h"

namespace faltung::cuda_depthwise {
namespace {

constexpr int block_threads = 256, together = 4;

template <class Sum, int N>
__device__ __forceinline__ void activate_causal(Activation activation, Sum (&sums)[N]) {
  if (activation == Activation::none) return;
#pragma unroll
  for (int i = 0; i < N; ++i)
    sums[i] =
        activation == Activation::silu ? activate(Activation::silu, sums[i]) : activate(Activation::relu, sums[i]);
}

// weight[j] multiplies the element at distance j from the target: earlier ones, or later ones if Ahead.
template <class T, int Taps, class Sum>
__device__ __forceinline__ void load_filter(const Causal1d& s, const T* w, int channel, Sum (&weight)[Taps]) {
#pragma unroll
  for (int j = 0; j < Taps; ++j)
    weight[j] = cuda::widen<Sum>(w[channel * s.filter_channel + (Taps - 1 - j) * s.filter_tap]);
}

// The filters of E neighbouring channels. Loaded as vectors if they are contiguous: loading them element by element
// would take longer than using them.
template <class T, int Taps, int E, class Sum>
__device__ __forceinline__ void load_filters(const Causal1d& s, const T* w, int channel, Sum (&weight)[Taps][E]) {
  if constexpr (E > 1) {
    if (s.whole_filters) {
      Sum all[E * Taps];
      cuda::load_pack(w + static_cast<std::int64_t>(channel) * Taps, all);
#pragma unroll
      for (int i = 0; i < E * Taps; ++i) weight[Taps - 1 - i % Taps][i / Taps] = all[i];
      return;
    }
  }
#pragma unroll
  for (int e = 0; e < E; ++e) {
    Sum of_channel[Taps];
    load_filter<T>(s, w, channel + e, of_channel);
#pragma unroll
    for (int j = 0; j < Taps; ++j) weight[j][e] = of_channel[j];
  }
}

// A thread has Steps packs of E neighbours in a row and reads one more pack for the window's reach.
template <class T, int Taps, int E, int Steps, bool Ahead>
__global__ void __launch_bounds__(block_threads)
    along_rows(Causal1d s, const T* source, const T* w, T* target, const T* bias) {
  using Sum = typename cuda::SumOf<T>::type;
  const int thread = blockIdx.x * block_threads + threadIdx.x;
  if (thread >= s.threads) return;
  const int row = s.by_row.quotient(thread), start = s.by_row.remainder(thread, row) * (E * Steps);
  const int channel = s.by_channels.remainder(row, s.by_channels.quotient(row));
  constexpr int reach = Taps - 1, outside = (reach + E - 1) / E;  // packs covered by the window's reach
  const T* const from = source + static_cast<std::int64_t>(row) * s.width;
  Sum x[(Steps + outside) * E];
#pragma unroll
  for (int i = 0; i < Steps + outside; ++i) {
    const int at = start + (Ahead ? i : i - outside) * E;
    Sum pack[E];
    cuda::load_pack_if(from + at, at >= 0 && at < s.width, pack);
#pragma unroll
    for (int e = 0; e < E; ++e) x[i * E + e] = pack[e];
  }
  Sum weight[Taps];
  load_filter<T>(s, w, channel, weight);
  const Sum offset = bias ? cuda::widen<Sum>(bias[channel]) : Sum(0);
  T* const to = target + static_cast<std::int64_t>(row) * s.width + start;
#pragma unroll
  for (int i = 0; i < Steps; ++i) {
    if (start + i * E >= s.width) return;
    Sum sums[E];
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const int at = i * E + e + (Ahead ? 0 : outside * E);
      sums[e] = offset;
#pragma unroll
      for (int j = 0; j < Taps; ++j) sums[e] += x[Ahead ? at + j : at - j] * weight[j];
    }
    activate_causal(s.activation, sums);
    cuda::store_pack(to + i * E, sums);
  }
}

// A thread has E neighbouring channels over a part of the width. It keeps the window in registers and prefetches the
// next positions. With Ahead it walks backwards.
template <class T, int Taps, int E, int Together, bool Ahead>
__global__ void __launch_bounds__(block_threads)
    along_channels(Causal1d s, const T* source, const T* w, T* target, const T* bias) {
  using Sum = typename cuda::SumOf<T>::type;
  const int thread = blockIdx.x * block_threads + threadIdx.x;
  if (thread >= s.threads) return;
  constexpr int reach = Taps - 1;
  const int line = s.by_row.quotient(thread), channel = s.by_row.remainder(thread, line) * E;
  const int image = s.by_steps.quotient(line), first = s.by_steps.remainder(line, image) * s.steps;
  const int count = min(s.steps, s.width - first);
  const std::int64_t step = Ahead ? -std::int64_t{s.channels} : s.channels;
  const int start = Ahead ? first + count - 1 : first;
  const std::int64_t base = (static_cast<std::int64_t>(image) * s.width + start) * s.channels + channel;

  cuda::Packed<T, E> before[reach], ahead[Together];
#pragma unroll
  for (int j = 0; j < reach; ++j) {
    const int at = Ahead ? start + reach - j : start - reach + j;
    before[j].load_if(source + base + (j - reach) * step, at >= 0 && at < s.width);
  }
  const T* from = source + base;
#pragma unroll
  for (int k = 0; k < Together; ++k, from += step) ahead[k].load_if(from, k < count);
  Sum weight[Taps][E], offset[E] = {};
  load_filters<T>(s, w, channel, weight);
  if (bias)
#pragma unroll
    for (int e = 0; e < E; ++e) offset[e] = cuda::widen<Sum>(bias[channel + e]);
  Sum x[Taps][E];  // sliding window: the latest positions
#pragma unroll
  for (int j = 0; j < reach; ++j) before[j].unpack(x[j]);

  T* to = target + base;
  for (int i = 0; i < count; i += Together) {
#pragma unroll
    for (int k = 0; k < Together; ++k, from += step, to += step) {
      ahead[k].unpack(x[reach]);
      ahead[k].load_if(from, i + k + Together < count);
      Sum sums[E];
#pragma unroll
      for (int e = 0; e < E; ++e) {
        sums[e] = offset[e];
#pragma unroll
        for (int j = 0; j < Taps; ++j) sums[e] += x[reach - j][e] * weight[j][e];
      }
      activate_causal(s.activation, sums);
      if (i + k < count) cuda::store_pack(to, sums);
#pragma unroll
      for (int j = 0; j < reach; ++j)
#pragma unroll
        for (int e = 0; e < E; ++e) x[j][e] = x[j + 1][e];
    }
  }
}

template <class T, int Taps, int E, bool Ahead>
void launch(const Launch& m, const Work& work) {
  const Causal1d& s = m.as<Causal1d>();
  const auto* const w = static_cast<const T*>(work.filter.data);
  const auto* const bias = static_cast<const T*>(s.bias ? work.finish.bias : nullptr);
  auto *const kernel = s.channels_last ? along_channels<T, Taps, E, together, Ahead> : along_rows < T, Taps, E,
              E == 1 ? 4 : 2, Ahead > ;
  kernel<<<m.blocks, block_threads, 0, work.stream>>>(s, source_of<T>(work), w, target_of<T>(work), bias);
}

template <class T, int Taps>
void launch_pass(const Launch& m, const Work& work) {
  constexpr int pack = 16 / sizeof(T);
  const Causal1d& s = m.as<Causal1d>();
  const bool ahead = s.pass == Pass::DataGrad;
  if (s.elements == 1) return ahead ? launch<T, Taps, 1, true>(m, work) : launch<T, Taps, 1, false>(m, work);
  return ahead ? launch<T, Taps, pack, true>(m, work) : launch<T, Taps, pack, false>(m, work);
}

}  // namespace

void launch_any_causal1d(const Launch& m, const Work& work) {
  const Causal1d& s = m.as<Causal1d>();
  with_dtype(s.dtype, [&]<class T>(T) {
    if (s.taps == 2) return launch_pass<T, 2>(m, work);
    if (s.taps == 3) return launch_pass<T, 3>(m, work);
    return launch_pass<T, 4>(m, work);
  });
}

}  // namespace faltung::cuda_depthwise
