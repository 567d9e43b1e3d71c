// The steps of a block, and the barriers between those who copy, read and write.
#pragma once

#include "engines/cuda/depthwise/bulk_tiles.h"
#include "engines/cuda/depthwise/matrix_stage.h"
#include "kernels/cuda/bulk_copy.h"

namespace faltung::cuda_depthwise {

// A step reads bulk_rows rows of the source, the last of those that its rows of outputs need; the steps before `begin`
// finish none.
template <int R>
struct BulkWalk {
  static_assert((R - 1) % bulk_rows == 0);
  int column, step, begin, end, left;  // left: of the steps that finish rows, from this column on

  __device__ __forceinline__ static BulkWalk of(const Bulk& k, int first, int last) {
    BulkWalk w;
    w.column = first / k.steps;
    w.left = last - first;
    w.enter(k, first % k.steps);
    return w;
  }
  __device__ __forceinline__ bool more() const { return left > 0; }
  __device__ __forceinline__ bool finishes() const { return step >= begin; }
  __device__ __forceinline__ bool is_last() const { return step + 1 == end && left == end - begin; }
  // Says whether the next step is of another column.
  __device__ __forceinline__ bool next(const Bulk& k) {
    if (++step < end) return false;
    left -= end - begin;
    ++column;
    enter(k, 0);
    return true;
  }
  __device__ __forceinline__ int row() const { return bulk_rows * step; }  // the first of the outputs

 private:
  __device__ __forceinline__ void enter(const Bulk& k, int first) {
    begin = first;
    end = min(k.steps, begin + left);
    step = max(begin - (R - 1) / bulk_rows, -k.lead);
  }
};

// A place in a ring, and whether the round is an odd one.
template <int Count>
struct RingPlace {
  int at, odd;
  __device__ __forceinline__ void next() {
    if (++at == Count) at = 0, odd ^= 1;
  }
};

// In shared memory: stages are full of source rows, or empty again; results are done, or free again.
struct BulkBarriers {
  static constexpr int count = 2 * (bulk_stages + bulk_results);
  unsigned full, empty, done, free;

  __device__ __forceinline__ explicit BulkBarriers(const unsigned long long* shared)
      : full(cuda::shared_address(shared)),
        empty(full + 8 * bulk_stages),
        done(empty + 8 * bulk_stages),
        free(done + 8 * bulk_results) {}
  __device__ __forceinline__ void begin(int warps) const {
    for (int i = 0; i < bulk_stages; ++i) {
      cuda::begin_barrier(full + 8 * i, 1);
      cuda::begin_barrier(empty + 8 * i, warps);
    }
    for (int i = 0; i < bulk_results; ++i) {
      cuda::begin_barrier(done + 8 * i, warps);
      cuda::begin_barrier(free + 8 * i, 1);
    }
    cuda::show_barriers();
  }
};

}  // namespace faltung::cuda_depthwise
