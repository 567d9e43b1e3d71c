// What becomes of the sums of a weight gradient: shares of a weight are added in order, by the cluster of blocks that
// summed them or by a kernel of their own, then it is rounded once and stored where it belongs; a sum that is the only
// share is stored at once.
#pragma once

#include <cooperative_groups.h>

#include "engines/cuda/depthwise/shape.h"
#include "tensor/cuda/element.h"

namespace faltung::cuda_depthwise {

template <class T, class Sum>
__device__ __forceinline__ void store_weight(const Gather& g, const Filter& filter, int channel, int tap, Sum sum) {
  T* const to = static_cast<T*>(const_cast<void*>(filter.data));
  const int line = tap / g.filter_w;
  to[channel * filter.channel + line / g.filter_h * filter.t + line % g.filter_h * filter.r +
     tap % g.filter_w * filter.s] = cuda::narrow<T>(sum);
}

// Where kernels put the sums of their blocks.
template <class T>
struct WeightSums {
  using Sum = typename cuda::SumOf<T>::type;
  Gather gather;
  Filter filter;
  Sum* partial;

  __device__ __forceinline__ bool is_only_share() const { return gather.shares == 1; }
  // The block's number, such that blocks which have the same weights are `families` apart. In a cluster they are
  // neighbours.
  __device__ __forceinline__ int block(int families) const {
    const int number = blockIdx.x;
    return gather.in_cluster ? number / gather.shares + number % gather.shares * families : number;
  }
  // Of a share, in the order that `gather` says.
  __device__ __forceinline__ Sum* at(int share, int channel, int tap) const {
    const int taps = gather.filter_d * gather.filter_h * gather.filter_w;
    const std::int64_t weights = static_cast<std::int64_t>(gather.channels) * taps;
    return partial + share * weights +
           (gather.channel_fastest ? tap * gather.channels + channel : channel * taps + tap);
  }
  __device__ __forceinline__ void put(int share, int channel, int tap, Sum sum) const {
    if (is_only_share())
      store_weight<T>(gather, filter, channel, tap, sum);
    else
      *at(share, channel, tap) = sum;
  }
};

// Adds the sums of a cluster's blocks, `count` of each, in the order of the blocks; every thread calls it. store(i,
// sum) gets the i-th.
template <class Sum, class Store>
__device__ __forceinline__ void add_cluster(Sum* mine, int count, int shares, Store&& store) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
  __trap();  // nobody calls it there
#else
  const auto cluster = cooperative_groups::this_cluster();
  cluster.sync();
  for (int i = cluster.block_rank() * blockDim.x + threadIdx.x; i < count; i += shares * blockDim.x) {
    Sum sum = 0;
    for (int block = 0; block < shares; ++block) sum += *cluster.map_shared_rank(mine + i, block);
    store(i, sum);
  }
  cluster.sync();  // until then a block's memory may be read
#endif
}

// Eight threads for each weight: the i-th adds shares i, i + 8, …
template <class T>
__global__ void __launch_bounds__(256)
    gather_weights(Gather g, const typename cuda::SumOf<T>::type* partial, Filter filter) {
  using Sum = typename cuda::SumOf<T>::type;
  __shared__ Sum sums[8][33];
  const int taps = g.filter_d * g.filter_h * g.filter_w;
  const std::int64_t count = static_cast<std::int64_t>(g.channels) * taps;
  const std::int64_t at = blockIdx.x * std::int64_t{32} + threadIdx.x % 32;
  const int lane = threadIdx.x / 32;
  Sum sum = 0;
  if (at < count)
    for (int share = lane; share < g.shares; share += 8) sum += partial[share * count + at];
  sums[lane][threadIdx.x % 32] = sum;
  __syncthreads();
  if (lane != 0 || at >= count) return;
  Sum total = 0;
  for (int i = 0; i < 8; ++i) total += sums[i][threadIdx.x];
  const int channel = static_cast<int>(g.channel_fastest ? at % g.channels : at / taps);
  const int tap = static_cast<int>(g.channel_fastest ? at / g.channels : at % taps);
  store_weight<T>(g, filter, channel, tap, total);
}

}  // namespace faltung::cuda_depthwise
