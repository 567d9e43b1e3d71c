// Window sums of any dilation, stride and rank. A thread has a few targets, so that a weight is read once for them; the
// filter lies in shared memory.
#pragma once

#include "engines/cuda/depthwise/any_tiles.h"
#include "engines/cuda/depthwise/finish.h"
#include "tensor/cuda/pack.h"

namespace faltung::cuda_depthwise {

// What a thread's targets read. An element's place is counted in `unit` numbers: channels, or 1 in a plane.
struct Reads {
  int d[any_positions], h[any_positions], w[any_positions];  // of the first tap
  int offset[any_positions];
  bool any[any_positions];
};

__device__ __forceinline__ Reads reads_of(const Any& g, int first, int step, int unit) {
  Reads reads;
#pragma unroll
  for (int j = 0; j < any_positions; ++j) {
    const int position = first + j * step;
    reads.any[j] = position < g.positions;
    const Place place = place_of(g, reads.any[j] ? position : 0);
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
__device__ __forceinline__ void sum_taps(const Any& g, const Reads& reads, int unit, const T* source, const Sum* w,
                                         int pitch, Sum (&sums)[any_positions][V]) {
  for (int t = 0; t < g.axis[0].filter; ++t)
    for (int r = 0; r < g.axis[1].filter; ++r) {
      const int d = t * g.axis[0].step, h = r * g.axis[1].step;
      bool rows[any_positions];
#pragma unroll
      for (int j = 0; j < any_positions; ++j)
        rows[j] = reads.any[j] && within(reads.d[j] + d, g.axis[0].source) && within(reads.h[j] + h, g.axis[1].source);
      const T* const from = source + static_cast<std::int64_t>(d * g.axis[1].source + h) * g.axis[2].source * unit;
#pragma unroll 2
      for (int s = 0; s < g.axis[2].filter; ++s, w += pitch) {
        const int c = s * g.axis[2].step;
        cuda::Packed<T, V> packs[any_positions];
        bool inside[any_positions];
#pragma unroll
        for (int j = 0; j < any_positions; ++j) {
          inside[j] = rows[j] && within(reads.w[j] + c, g.axis[2].source);
          packs[j].load_if(from + (reads.offset[j] + c * unit), inside[j]);
        }
        Sum weights[V];
        cuda::load_pack(w, weights);
#pragma unroll
        for (int j = 0; j < any_positions; ++j) {
          Sum x[V];
          packs[j].unpack(x);
#pragma unroll
          for (int v = 0; v < V; ++v)
            if (inside[j]) sums[j][v] += x[v] * weights[v];  // padding meets no weight, finite or not
        }
      }
    }
}

// filters[tap · pitch + channel], `here` channels from `first` on.
template <class T, class Sum>
__device__ __forceinline__ void stage_taps(const Any& g, const Filter& filter, int first, int here, int pitch,
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
__device__ __forceinline__ void begin_sums(const Sum (&bias)[V], Sum (&sums)[any_positions][V]) {
#pragma unroll
  for (int i = 0; i < any_positions * V; ++i) sums[i / V][i % V] = bias[i % V];
}

// Images that lie channel by channel: a thread has V channels.
template <class T, int V>
__global__ void __launch_bounds__(any_threads)
    any_of_lanes(Any g, const T* source, Filter filter, T* target, After last) {
  using Sum = typename cuda::SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  const int number = blockIdx.x, block = g.by_blocks.quotient(number),
            pack_block = g.by_blocks.remainder(number, block);
  const int slot = g.by_lanes.quotient(threadIdx.x), lane = g.by_lanes.remainder(threadIdx.x, slot);
  const int first = pack_block * g.lanes * V, channel = first + lane * V, pitch = (g.lanes | 1) * V;
  stage_taps<T>(g, filter, first, min(g.lanes * V, g.channels - first), pitch, filters);
  if (slot >= g.slots || channel >= g.channels) return;
  Sum bias[V] = {};
  if (last.bias)
#pragma unroll
    for (int v = 0; v < V; ++v) bias[v] = cuda::widen<Sum>(static_cast<const T*>(last.bias)[channel + v]);
  for (int group = block; group < g.groups; group += g.blocks_each) {
    const int position = group * g.slots * any_positions + slot;
    const Reads reads = reads_of(g, position, g.slots, g.channels);
    Sum sums[any_positions][V];
    begin_sums(bias, sums);
    sum_taps<T>(g, reads, g.channels, source + channel, filters + lane * V, pitch, sums);
#pragma unroll
    for (int j = 0; j < any_positions; ++j) {
      if (!reads.any[j]) break;
      activate_all(last.activation, sums[j]);
      cuda::store_pack(target + static_cast<std::int64_t>(position + j * g.slots) * g.channels + channel, sums[j]);
    }
  }
}

// Planes that lie row by row: neighbours are neighbours in a plane.
template <class T>
__global__ void __launch_bounds__(any_threads)
    any_of_planes(Any g, const T* source, Filter filter, T* target, After last) {
  using Sum = typename cuda::SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  const int number = blockIdx.x, plane = g.by_blocks.quotient(number), group = g.by_blocks.remainder(number, plane);
  const int channel = plane % g.channels;
  stage_taps<T>(g, filter, channel, 1, 1, filters);
  const std::int64_t size = static_cast<std::int64_t>(g.axis[0].source) * g.axis[1].source * g.axis[2].source;
  const int position = group * g.slots * any_positions + threadIdx.x;
  const Reads reads = reads_of(g, position, g.slots, 1);
  Sum sums[any_positions][1] = {};
  sum_taps<T>(g, reads, 1, source + plane * size, filters, 1, sums);
  T* const to = target + static_cast<std::int64_t>(plane) * g.positions;
#pragma unroll
  for (int j = 0; j < any_positions; ++j) {
    if (!reads.any[j]) break;
    finish_channel<T>(last, channel, sums[j]);
    to[position + j * g.slots] = cuda::narrow<T>(sums[j][0]);
  }
}

}  // namespace faltung::cuda_depthwise
