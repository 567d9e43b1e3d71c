// The steps of a block, and the rings between the loading, computing and storing threads.
#pragma once

#include "device/cuda/code/pipeline.h"
#include "engines/cuda/depthwise/nhwc/mma/stage.h"
#include "engines/cuda/depthwise/nhwc/mma/tma.h"

namespace faltung::cuda_depthwise {

// A step reads mma_tma_rows rows of the source, the last that its output rows need. The steps before `begin` finish no
// row.
template <int R>
struct MmaTmaWalk {
  static_assert((R - 1) % mma_tma_rows == 0);
  int column, step, begin, end, left;  // left: steps that finish rows, from this column on

  __device__ __forceinline__ static MmaTmaWalk of(const MmaTma& k, int first, int last) {
    MmaTmaWalk w;
    w.column = first / k.steps;
    w.left = last - first;
    w.enter(k, first % k.steps);
    return w;
  }
  __device__ __forceinline__ bool more() const { return left > 0; }
  __device__ __forceinline__ bool finishes() const { return step >= begin; }
  __device__ __forceinline__ bool is_last() const { return step + 1 == end && left == end - begin; }
  // Returns true if the next step belongs to another column.
  __device__ __forceinline__ bool next(const MmaTma& k) {
    if (++step < end) return false;
    left -= end - begin;
    ++column;
    enter(k, 0);
    return true;
  }
  __device__ __forceinline__ int row() const { return mma_tma_rows * step; }  // first output row

 private:
  __device__ __forceinline__ void enter(const MmaTma& k, int first) {
    begin = first;
    end = min(k.steps, begin + left);
    step = max(begin - (R - 1) / mma_tma_rows, -k.warmup);
  }
};

// Of the rings of source stages, which warps read, and of results, which warps fill.
struct MmaTmaPipelines {
  static constexpr int barriers = 2 * (mma_tma_stages + mma_tma_results);
  cuda::Pipeline stages, results;

  __device__ __forceinline__ explicit MmaTmaPipelines(const unsigned long long* shared)
      : stages{cuda::shared_address(shared), mma_tma_stages},
        results{stages.barriers + 16 * mma_tma_stages, mma_tma_results} {}
  __device__ __forceinline__ void init(int warps) const {
    stages.init(1, warps);
    results.init(warps, 1);
    cuda::fence_mbarrier_init();
  }
};

}  // namespace faltung::cuda_depthwise
