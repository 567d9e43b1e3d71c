// Window sums whose filter size, stride, dilation and rank are run-time values. A thread computes several outputs, so
// that each weight is loaded once for all of them; the filter is kept in shared memory.
#include "device/cuda/code/pack.h"
#include "engines/cuda/depthwise/any/window.h"
#include "engines/cuda/depthwise/finish.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

// The source elements that a thread's outputs read. Offsets are in elements; `unit` is the distance between
// neighbouring pixels: the channel count for NHWC, 1 for NCHW.
struct Reads {
  int d[window_positions], h[window_positions], w[window_positions];  // coordinates read by the first tap
  int offset[window_positions];
  bool valid[window_positions];
};

__device__ __forceinline__ Reads reads_of(const AnyWindow& g, int first, int step, int unit) {
  Reads reads;
#pragma unroll
  for (int j = 0; j < window_positions; ++j) {
    const int position = first + j * step;
    reads.valid[j] = position < g.positions;
    const Place place = place_of(g, reads.valid[j] ? position : 0);
    reads.d[j] = place.at[0] * g.axis[0].scale + g.axis[0].shift;
    reads.h[j] = place.at[1] * g.axis[1].scale + g.axis[1].shift;
    reads.w[j] = place.at[2] * g.axis[2].scale + g.axis[2].shift;
    reads.offset[j] =
        (((place.image * g.axis[0].source + reads.d[j]) * g.axis[1].source + reads.h[j]) * g.axis[2].source +
         reads.w[j]) *
        unit;
  }
  return reads;
}

__device__ __forceinline__ bool within(int at, int extent) {
  return static_cast<unsigned>(at) < static_cast<unsigned>(extent);
}

template <class T, int V, class Sum>
__device__ __forceinline__ void sum_taps(const AnyWindow& g, const Reads& reads, int unit, const T* source,
                                         const Sum* w, int pitch, Sum (&sums)[window_positions][V]) {
  for (int t = 0; t < g.axis[0].filter; ++t)
    for (int r = 0; r < g.axis[1].filter; ++r) {
      const int d = t * g.axis[0].step, h = r * g.axis[1].step;
      bool rows[window_positions];
#pragma unroll
      for (int j = 0; j < window_positions; ++j)
        rows[j] =
            reads.valid[j] && within(reads.d[j] + d, g.axis[0].source) && within(reads.h[j] + h, g.axis[1].source);
      const T* const from = source + static_cast<std::int64_t>(d * g.axis[1].source + h) * g.axis[2].source * unit;
#pragma unroll 2
      for (int s = 0; s < g.axis[2].filter; ++s, w += pitch) {
        const int c = s * g.axis[2].step;
        cuda::Packed<T, V> packs[window_positions];
        bool inside[window_positions];
#pragma unroll
        for (int j = 0; j < window_positions; ++j) {
          inside[j] = rows[j] && within(reads.w[j] + c, g.axis[2].source);
          packs[j].load_if(from + (reads.offset[j] + c * unit), inside[j]);
        }
        Sum weights[V];
        cuda::load_pack(w, weights);
#pragma unroll
        for (int j = 0; j < window_positions; ++j) {
          Sum x[V];
          packs[j].unpack(x);
#pragma unroll
          for (int v = 0; v < V; ++v)
            if (inside[j]) sums[j][v] += x[v] * weights[v];  // skip padding: 0 · Inf would give NaN
        }
      }
    }
}

// Copies the taps of `here` channels, starting with `first`, to filters[tap · pitch + channel].
template <class T, class Sum>
__device__ __forceinline__ void stage_taps(const AnyWindow& g, const Filter& filter, int first, int here, int pitch,
                                           Sum* filters) {
  const int taps = g.axis[0].filter * g.axis[1].filter * g.axis[2].filter;
  for (int i = threadIdx.x; i < here * taps; i += blockDim.x) {
    const int c = i / taps, tap = i - c * taps, line = tap / g.axis[2].filter, s = tap - line * g.axis[2].filter;
    const int t = line / g.axis[1].filter, r = line - t * g.axis[1].filter;
    filters[tap * pitch + c] = cuda::widen<Sum>(
        static_cast<const T*>(filter.data)[(first + c) * filter.channel + t * filter.t + r * filter.r + s * filter.s]);
  }
  __syncthreads();
}

template <int V, class Sum>
__device__ __forceinline__ void begin_sums(const Sum (&bias)[V], Sum (&sums)[window_positions][V]) {
#pragma unroll
  for (int i = 0; i < window_positions * V; ++i) sums[i / V][i % V] = bias[i % V];
}

// NHWC: a thread has V channels.
template <class T, int V>
__global__ void __launch_bounds__(window_threads)
    any_window_nhwc(AnyWindow g, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  const int number = blockIdx.x, block = g.by_blocks.quotient(number),
            pack_block = g.by_blocks.remainder(number, block);
  const int slot = g.by_block_packs.quotient(threadIdx.x), local_pack = g.by_block_packs.remainder(threadIdx.x, slot);
  const int first = pack_block * g.block_packs * V, channel = first + local_pack * V, pitch = (g.block_packs | 1) * V;
  stage_taps<T>(g, filter, first, min(g.block_packs * V, g.channels - first), pitch, filters);
  if (slot >= g.slots || channel >= g.channels) return;
  Sum bias[V] = {};
  if (last.bias)
#pragma unroll
    for (int v = 0; v < V; ++v) bias[v] = cuda::widen<Sum>(static_cast<const T*>(last.bias)[channel + v]);
  for (int group = block; group < g.groups; group += g.blocks_each) {
    const int position = group * g.slots * window_positions + slot;
    const Reads reads = reads_of(g, position, g.slots, g.channels);
    Sum sums[window_positions][V];
    begin_sums(bias, sums);
    sum_taps<T>(g, reads, g.channels, source + channel, filters + local_pack * V, pitch, sums);
#pragma unroll
    for (int j = 0; j < window_positions; ++j) {
      if (!reads.valid[j]) break;
      activate_all(last.activation, sums[j]);
      cuda::store_pack(target + static_cast<std::int64_t>(position + j * g.slots) * g.channels + channel, sums[j]);
    }
  }
}

// NCHW: neighbouring threads have neighbouring positions of one plane.
template <class T>
__global__ void __launch_bounds__(window_threads)
    any_window_nchw(AnyWindow g, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  const int number = blockIdx.x, plane = g.by_blocks.quotient(number), group = g.by_blocks.remainder(number, plane);
  const int channel = plane % g.channels;
  stage_taps<T>(g, filter, channel, 1, 1, filters);
  const std::int64_t size = static_cast<std::int64_t>(g.axis[0].source) * g.axis[1].source * g.axis[2].source;
  const int position = group * g.slots * window_positions + threadIdx.x;
  const Reads reads = reads_of(g, position, g.slots, 1);
  Sum sums[window_positions][1] = {};
  sum_taps<T>(g, reads, 1, source + plane * size, filters, 1, sums);
  T* const to = target + static_cast<std::int64_t>(plane) * g.positions;
#pragma unroll
  for (int j = 0; j < window_positions; ++j) {
    if (!reads.valid[j]) break;
    finish_channel<T>(last, channel, sums[j]);
    to[position + j * g.slots] = cuda::narrow<T>(sums[j][0]);
  }
}

void launch_any_window(const Launch& m, const Work& work) {
  with_dtype(m.dtype, [&]<class T>(T) {
    constexpr int whole = window_pack<T>;
    auto* const kernel = m.layout == Layout::nchw         ? any_window_nchw<T>
                         : m.as<WindowTiling>().pack == 1 ? any_window_nhwc<T, 1>
                                                          : any_window_nhwc<T, whole>;
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.as<WindowTiling>().window, source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
