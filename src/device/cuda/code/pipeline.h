// A ring of buffers in shared memory that some threads fill while others read: each buffer has an mbarrier that tells
// when it is full and one that tells when it is empty. Compute capability 9.0 or newer.
#pragma once

#include "device/cuda/code/tma.h"

namespace faltung::cuda {

// The next buffer of a thread, and the phase of its mbarriers, which flips with each round.
struct PipelineState {
  int index, phase;
  __device__ __forceinline__ void next(int count) {
    if (++index == count) index = 0, phase ^= 1;
  }
};

// The mbarriers of `count` buffers, 16 bytes for each.
struct Pipeline {
  unsigned barriers;
  int count;

  __device__ __forceinline__ unsigned full(int i) const { return barriers + 8 * i; }
  __device__ __forceinline__ unsigned empty(int i) const { return barriers + 8 * (count + i); }
  // By one thread, followed by fence_mbarrier_init(). How many arrive to say that a buffer is full, or empty.
  __device__ __forceinline__ void init(int fillers, int readers) const {
    for (int i = 0; i < count; ++i) {
      mbarrier_init(full(i), fillers);
      mbarrier_init(empty(i), readers);
    }
  }
};

}  // namespace faltung::cuda
