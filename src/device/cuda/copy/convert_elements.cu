// Conversions between any two element types. Types are run-time values: one kernel, bound by memory, serves all hundred
// pairs.
#include <cuda_runtime.h>

#include <cstdint>

#include "device/cuda/code/number.cuh"
#include "device/cuda/copy/copy_kernels.h"
#include "device/cuda/copy/element_offsets.cuh"
#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256;

__global__ void __launch_bounds__(threads) convert(const CopyNest nest, DType from, DType to, bool conjugate) {
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; i < nest.count; i += step) {
    const Offsets place = offsets_of(nest, static_cast<std::uint64_t>(i));
    Number value = load(nest.in, place.in, from);
    if (conjugate) value.imaginary = -value.imaginary;
    store(nest.out, place.out, to, value);
  }
}

}  // namespace

void launch_convert(const CopyNest& nest, DType from, DType to, bool conjugate, void* stream) {
  convert<<<blocks_for(nest.count, threads), threads, 0, static_cast<cudaStream_t>(stream)>>>(nest, from, to,
                                                                                              conjugate);
  check_launch("converting copy on the device");
}

}  // namespace faltung::cuda
