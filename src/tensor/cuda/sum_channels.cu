// Sums over all axes but one, in an order that the shape alone decides.
#include <cuda_runtime.h>

#include "base/cuda/check.h"
#include "tensor/cuda/copy_kernels.h"
#include "tensor/cuda/element_offsets.cuh"
#include "tensor/cuda/number.cuh"

namespace faltung::cuda {
namespace {

constexpr int threads = 512;

inline __device__ void add(Number& total, const Number& value) {
  total.real += value.real;
  total.imaginary += value.imaginary;
  total.integer = static_cast<std::int64_t>(static_cast<std::uint64_t>(total.integer) + static_cast<std::uint64_t>(value.integer));
}

// A block for each kept index: every thread a fixed share of the terms, then a tree.
__global__ void __launch_bounds__(threads) sum(const CopyNest rest, std::int64_t kept_stride, std::int64_t out_stride, DType type, bool conjugate) {
  const std::int64_t start = static_cast<std::int64_t>(blockIdx.x) * kept_stride;
  Number total{.is_integer = type == DType::i8 || type == DType::i32 || type == DType::i64};
  for (std::int64_t i = threadIdx.x; i < rest.count; i += threads)
    add(total, load(rest.in, start + offsets_of(rest, static_cast<std::uint64_t>(i)).in, type));
  __shared__ Number all[threads];
  all[threadIdx.x] = total;
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) add(all[threadIdx.x], all[threadIdx.x + half]);
  }
  if (threadIdx.x > 0) return;
  if (conjugate) all[0].imaginary = -all[0].imaginary;
  store(rest.out, static_cast<std::int64_t>(blockIdx.x) * out_stride, type, all[0]);
}

}  // namespace

void launch_sum(const CopyNest& rest, std::int64_t kept, std::int64_t kept_stride, std::int64_t out_stride, DType type,
                bool conjugate, void* stream) {
  sum<<<static_cast<unsigned>(kept), threads, 0, static_cast<cudaStream_t>(stream)>>>(rest, kept_stride, out_stride, type, conjugate);
  check_launch("sum over all axes but one");
}

}  // namespace faltung::cuda
