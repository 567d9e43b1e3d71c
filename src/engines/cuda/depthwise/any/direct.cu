// Any filter, stride, dilation, multiplier, rank and memory strides: one thread per element of y or x, several threads
// per weight. Used when no tiled kernel applies.
#include "engines/cuda/depthwise/any/direct.h"
#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

template <class T, class Sum>
__device__ __forceinline__ void store_finished(const FinishArgs& last, T* to, Sum sum, int channel) {
  Sum sums[1] = {sum};
  finish_channel<T>(last, channel, sums);
  *to = cuda::narrow<T>(sums[0]);
}

template <class T>
__global__ void __launch_bounds__(256) direct_forward(Direct g, const T* x, Filter filter, T* y, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  const T* const w = static_cast<const T*>(filter.data);
  const int number = blockIdx.x * 256 + threadIdx.x;
  if (number >= g.y.count) return;
  const Element e = element_of(g.y, number);
  const std::int64_t to =
      e.channel * g.y.channel + e.at[0] * g.y.axis[0] + e.at[1] * g.y.axis[1] + e.at[2] * g.y.axis[2];
  const std::int64_t from = e.channel / g.multiplier * g.x.channel;
  for (int n = blockIdx.y; n < g.batch; n += gridDim.y) {
    Sum sum = 0;
    for (int t = 0; t < g.axis[0].filter; ++t) {
      const int d = input_read(g.axis[0], e.at[0], t);
      if (d < 0) continue;
      for (int r = 0; r < g.axis[1].filter; ++r) {
        const int h = input_read(g.axis[1], e.at[1], r);
        if (h < 0) continue;
        const T* const row = x + n * g.x.image + from + d * g.x.axis[0] + h * g.x.axis[1];
        const T* const weights = w + e.channel * filter.channel + t * filter.t + r * filter.r;
        for (int s = 0; s < g.axis[2].filter; ++s) {
          const int c = input_read(g.axis[2], e.at[2], s);
          if (c >= 0) sum += cuda::widen<Sum>(row[c * g.x.axis[2]]) * cuda::widen<Sum>(weights[s * filter.s]);
        }
      }
    }
    store_finished(last, y + n * g.y.image + to, sum, e.channel);
  }
}

template <class T>
__global__ void __launch_bounds__(256) direct_data_grad(Direct g, const T* y, Filter filter, T* x, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  const T* const w = static_cast<const T*>(filter.data);
  const int number = blockIdx.x * 256 + threadIdx.x;
  if (number >= g.x.count) return;
  const Element e = element_of(g.x, number);
  const std::int64_t to =
      e.channel * g.x.channel + e.at[0] * g.x.axis[0] + e.at[1] * g.x.axis[1] + e.at[2] * g.x.axis[2];
  for (int n = blockIdx.y; n < g.batch; n += gridDim.y) {
    Sum sum = 0;
    for (int k = e.channel * g.multiplier; k < (e.channel + 1) * g.multiplier; ++k)
      for (int t = 0; t < g.axis[0].filter; ++t) {
        const int d = output_reading(g.axis[0], e.at[0], t);
        if (d < 0) continue;
        for (int r = 0; r < g.axis[1].filter; ++r) {
          const int h = output_reading(g.axis[1], e.at[1], r);
          if (h < 0) continue;
          const T* const row = y + n * g.y.image + k * g.y.channel + d * g.y.axis[0] + h * g.y.axis[1];
          const T* const weights = w + k * filter.channel + t * filter.t + r * filter.r;
          for (int s = 0; s < g.axis[2].filter; ++s) {
            const int c = output_reading(g.axis[2], e.at[2], s);
            if (c >= 0) sum += cuda::widen<Sum>(row[c * g.y.axis[2]]) * cuda::widen<Sum>(weights[s * filter.s]);
          }
        }
      }
    store_finished(last, x + n * g.x.image + to, sum, e.channel);
  }
}

// Grid: slices of the reduction × runs of taps in a row × groups of channels; a slice is a range of positions over all
// images. Neighbouring threads of a warp are neighbours in memory: channels if these are contiguous (32 channels and 8
// slots per block), else positions of one channel (256 slots).
template <class T, bool ChannelFastest>
__global__ void __launch_bounds__(256) direct_wgrad(Direct g, int length, const T* x, const T* y, WeightSums<T> to) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int slots = ChannelFastest ? 8 : 256;
  __shared__ Sum shared[256];
  const Extent d = g.axis[0], h = g.axis[1], w = g.axis[2];
  const int channels = g.groups * g.multiplier, blocks = ChannelFastest ? (channels + 31) / 32 : channels;
  const int number = blockIdx.x / blocks, runs = run_count(w.filter), lines = d.filter * h.filter * runs;
  const int slice = number / lines, run = number % runs, line = number % lines / runs, first_tap = run * taps_of_run;
  const int channel = ChannelFastest ? blockIdx.x % blocks * 32 + threadIdx.x % 32 : blockIdx.x % blocks;
  const int slot = ChannelFastest ? threadIdx.x / 32 : threadIdx.x;
  const int positions = g.y.count / channels, end = min((slice + 1) * length, g.batch * positions);
  Sum sums[taps_of_run] = {};
  if (channel < channels)
    for (int i = slice * length + slot; i < end; i += slots) {
      const int row = g.by_w.quotient(i), q = g.by_w.remainder(i, row), plane = g.by_h.quotient(row),
                p = g.by_h.remainder(row, plane), n = g.by_d.quotient(plane), z = g.by_d.remainder(plane, n);
      const int from_d = input_read(d, z, line / h.filter), from_h = input_read(h, p, line % h.filter);
      if (from_d < 0 || from_h < 0) continue;
      const Sum dy = cuda::widen<Sum>(
          y[n * g.y.image + channel * g.y.channel + z * g.y.axis[0] + p * g.y.axis[1] + q * g.y.axis[2]]);
      const T* const from =
          x + n * g.x.image + channel / g.multiplier * g.x.channel + from_d * g.x.axis[0] + from_h * g.x.axis[1];
#pragma unroll
      for (int k = 0; k < taps_of_run; ++k) {
        const int c = first_tap + k < w.filter ? input_read(w, q, first_tap + k) : -1;
        if (c >= 0) sums[k] += cuda::widen<Sum>(from[c * g.x.axis[2]]) * dy;
      }
    }
  constexpr int step = ChannelFastest ? 32 : 1;
#pragma unroll
  for (int k = 0; k < taps_of_run; ++k) {
    if (first_tap + k >= w.filter) break;
    __syncthreads();
    shared[threadIdx.x] = sums[k];
    for (int half = slots / 2; half > 0; half /= 2) {
      __syncthreads();
      if (slot < half) shared[threadIdx.x] += shared[threadIdx.x + half * step];
    }
    const int tap = line * w.filter + first_tap + k;
    if (slot == 0 && channel < channels) to.put(slice, channel, tap, shared[threadIdx.x]);
  }
}
namespace {

template <class T>
void launch_wgrad(const Launch& m, const Work& work) {
  auto* const kernel = m.layout == Layout::nhwc ? direct_wgrad<T, true> : direct_wgrad<T, false>;
  kernel<<<m.blocks, m.threads, 0, work.stream>>>(m.as<DirectTiling>().shape, m.as<DirectTiling>().length,
                                                  source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
}

}  // namespace

void launch_any_direct(const Launch& m, const Work& work) {
  const dim3 grid(static_cast<unsigned>(m.blocks), static_cast<unsigned>(m.rows));
  with_dtype(m.dtype, [&]<class T>(T) {
    if (m.pass == Pass::WeightGrad) return launch_wgrad<T>(m, work);
    auto* const kernel = m.pass == Pass::Forward ? direct_forward<T> : direct_data_grad<T>;
    kernel<<<grid, m.threads, 0, work.stream>>>(m.as<DirectTiling>().shape, source_of<T>(work), work.filter,
                                                target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
