// Results of a weight gradient. The reduction is cut into slices whose partial sums are added in a fixed order, by the
// cluster of blocks that computed them or by a second kernel, and rounded once. With one slice the sum is stored
// directly.
#pragma once

#include <cooperative_groups.h>

#include "device/cuda/code/element.h"
#include "engines/cuda/depthwise/arguments.h"

namespace faltung::cuda_depthwise {

template <class T, class Sum>
__device__ __forceinline__ void store_weight(const Gather& g, const Filter& filter, int channel, int tap, Sum sum) {
  T* const to = static_cast<T*>(const_cast<void*>(filter.data));
  const int line = tap / g.filter_w;
  to[channel * filter.channel + line / g.filter_h * filter.t + line % g.filter_h * filter.r +
     tap % g.filter_w * filter.s] = cuda::narrow<T>(sum);
}

// Destination of a block's partial sums.
template <class T>
struct WeightSums {
  using Sum = typename cuda::SumOf<T>::type;
  Gather gather;
  Filter filter;
  Sum* partial;

  __device__ __forceinline__ bool is_only_slice() const { return gather.slices == 1; }
  // The block's number, such that blocks of the same weights are `stride` apart. In a cluster these blocks are
  // neighbours.
  __device__ __forceinline__ int block(int stride) const {
    const int number = blockIdx.x;
    return gather.in_cluster ? number / gather.slices + number % gather.slices * stride : number;
  }
  // Address of a partial sum, in the order given by `gather`.
  __device__ __forceinline__ Sum* at(int slice, int channel, int tap) const {
    const int taps = gather.filter_d * gather.filter_h * gather.filter_w;
    const std::int64_t weights = static_cast<std::int64_t>(gather.channels) * taps;
    return partial + slice * weights +
           (gather.channel_fastest ? tap * gather.channels + channel : channel * taps + tap);
  }
  __device__ __forceinline__ void put(int slice, int channel, int tap, Sum sum) const {
    if (is_only_slice())
      store_weight<T>(gather, filter, channel, tap, sum);
    else
      *at(slice, channel, tap) = sum;
  }
};

// Adds `count` partial sums of each block of a cluster, in block order. All threads must call it; store(i, sum)
// receives the i-th total.
template <class Sum, class Store>
__device__ __forceinline__ void add_cluster(Sum* mine, int count, int slices, Store&& store) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
  __trap();  // never called there
#else
  const auto cluster = cooperative_groups::this_cluster();
  cluster.sync();
  for (int i = cluster.block_rank() * blockDim.x + threadIdx.x; i < count; i += slices * blockDim.x) {
    Sum sum = 0;
    for (int block = 0; block < slices; ++block) sum += *cluster.map_shared_rank(mine + i, block);
    store(i, sum);
  }
  cluster.sync();  // other blocks read this block's shared memory until here
#endif
}

// Eight warps per group of weights: warp i adds slices i, i + 8, …
template <class T>
__global__ void __launch_bounds__(256)
    gather_weights(Gather g, const typename cuda::SumOf<T>::type* partial, Filter filter) {
  using Sum = typename cuda::SumOf<T>::type;
  __shared__ Sum sums[8][33];
  const int taps = g.filter_d * g.filter_h * g.filter_w;
  const std::int64_t count = static_cast<std::int64_t>(g.channels) * taps;
  const std::int64_t at = blockIdx.x * std::int64_t{32} + threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  Sum sum = 0;
  if (at < count)
    for (int slice = warp; slice < g.slices; slice += 8) sum += partial[slice * count + at];
  sums[warp][threadIdx.x % 32] = sum;
  __syncthreads();
  if (warp != 0 || at >= count) return;
  Sum total = 0;
  for (int i = 0; i < 8; ++i) total += sums[i][threadIdx.x];
  const int channel = static_cast<int>(g.channel_fastest ? at % g.channels : at / taps);
  const int tap = static_cast<int>(g.channel_fastest ? at / g.channels : at % taps);
  store_weight<T>(g, filter, channel, tap, total);
}

}  // namespace faltung::cuda_depthwise
