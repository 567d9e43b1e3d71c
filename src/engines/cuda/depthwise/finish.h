// Bias and activation. The switch over activations is outside the loop over sums; inside it, the unrolled branches
// would overflow the instruction cache.
#pragma once

#include "device/cuda/code/element.h"
#include "engines/cuda/depthwise/arguments.h"
#include "problem/epilogue.h"

namespace faltung::cuda_depthwise {

template <Activation A, class Sum, int N>
__device__ __forceinline__ void activate_each(Sum (&sums)[N]) {
#pragma unroll
  for (int i = 0; i < N; ++i) sums[i] = activate(A, sums[i]);
}

template <class Sum, int N>
__device__ __forceinline__ void activate_all(Activation activation, Sum (&sums)[N]) {
  if (activation == Activation::none) return;
  if (activation == Activation::relu)
    activate_each<Activation::relu>(sums);
  else if (activation == Activation::relu6)
    activate_each<Activation::relu6>(sums);
  else
    activate_each<Activation::silu>(sums);
}

template <class T, class Sum, int N>
__device__ __forceinline__ void finish_channel(const FinishArgs& last, int channel, Sum (&sums)[N]) {
  if (last.bias) {
    const Sum bias = cuda::widen<Sum>(static_cast<const T*>(last.bias)[channel]);
#pragma unroll
    for (int i = 0; i < N; ++i) sums[i] += bias;
  }
  activate_all(last.activation, sums);
}

}  // namespace faltung::cuda_depthwise
