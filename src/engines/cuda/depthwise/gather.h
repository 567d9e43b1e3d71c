// The last step of a weight gradient: the shares of each weight, added in order, rounded once, stored where it belongs.
#pragma once

#include "engines/cuda/depthwise/shape.h"
#include "tensor/cuda/element.h"

namespace faltung::cuda_depthwise {

// Eight threads for each weight: the i-th adds shares i, i + 8, …
template <class T>
__global__ void __launch_bounds__(256) gather_weights(Gather g, const typename cuda::SumOf<T>::type* partial, Filter filter) {
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
  T* const to = static_cast<T*>(const_cast<void*>(filter.data));
  const int line = tap / g.filter_w;
  to[channel * filter.channel + line / g.filter_h * filter.t + line % g.filter_h * filter.r +
     tap % g.filter_w * filter.s] = cuda::narrow<T>(total);
}

}  // namespace faltung::cuda_depthwise
