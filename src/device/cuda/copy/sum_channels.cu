// Sums over all axes but one, in an order that depends on the shape only: blocks compute partial sums of slices, then
// one thread per kept index adds the slices.
#include <cuda_runtime.h>

#include <algorithm>
#include <limits>

#include "device/cuda/code/number.cuh"
#include "device/cuda/copy/copy_kernels.h"
#include "device/cuda/copy/element_offsets.cuh"
#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256;

inline __device__ void add(Number& total, const Number& value) {
  total.real += value.real;
  total.imaginary += value.imaginary;
  total.integer =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(total.integer) + static_cast<std::uint64_t>(value.integer));
}

inline __device__ Number nothing(DType type) {
  return {.is_integer = type == DType::i8 || type == DType::i32 || type == DType::i64};
}

struct Sums {
  CopyNest rest;  // terms of one kept index
  std::int64_t kept, kept_stride;
  DType type;
  std::int64_t chunk;  // terms per slice
  int width;           // kept indices per block: 32 if they are contiguous, else 1
  Number* slices;      // partial sums, [slice][kept]
};

template <class Index>
__global__ void __launch_bounds__(threads) sum_slices(const Sums s) {
  const int column = static_cast<int>(threadIdx.x) % s.width, row = static_cast<int>(threadIdx.x) / s.width;
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * s.width + column;
  const std::int64_t first = blockIdx.y * s.chunk, end = min(first + s.chunk, s.rest.count);
  __shared__ Number all[threads];
  Number total = nothing(s.type);
  if (index < s.kept)
    for (std::int64_t i = first + row; i < end; i += threads / s.width)
      add(total, load(s.rest.in, index * s.kept_stride + offsets_of(s.rest, static_cast<Index>(i)).in, s.type));
  all[threadIdx.x] = total;
  for (int half = threads / s.width / 2; half > 0; half /= 2) {
    __syncthreads();
    if (row < half) add(all[threadIdx.x], all[threadIdx.x + half * s.width]);
  }
  if (row == 0 && index < s.kept) s.slices[blockIdx.y * s.kept + index] = all[column];
}

__global__ void __launch_bounds__(threads) add_slices(const Number* slices, int count, std::int64_t kept, void* out,
                                                      std::int64_t out_stride, DType type, bool conjugate) {
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x;
  if (index >= kept) return;
  Number total = nothing(type);
  for (int slice = 0; slice < count; ++slice) add(total, slices[slice * kept + index]);
  if (conjugate) total.imaginary = -total.imaginary;
  store(out, index * out_stride, type, total);
}

int width_of(std::int64_t kept, std::int64_t kept_stride) { return kept_stride == 1 && kept > 1 ? 32 : 1; }

// Enough blocks for a large GPU, but none with little work.
int slices_of(std::int64_t terms, std::int64_t kept, int width) {
  constexpr std::int64_t most = 128, blocks = 1024, least_terms = 1024;
  const std::int64_t columns = (kept + width - 1) / width;
  return static_cast<int>(std::clamp<std::int64_t>(std::min(blocks / columns, terms / least_terms), 1, most));
}

}  // namespace

std::size_t sum_workspace(std::int64_t terms, std::int64_t kept, std::int64_t kept_stride) {
  return sizeof(Number) * static_cast<std::size_t>(kept) *
         static_cast<std::size_t>(slices_of(terms, kept, width_of(kept, kept_stride)));
}

void launch_sum(const CopyNest& rest, std::int64_t kept, std::int64_t kept_stride, std::int64_t out_stride, DType type,
                bool conjugate, void* workspace, void* stream) {
  const int width = width_of(kept, kept_stride), slices = slices_of(rest.count, kept, width);
  const Sums sums{.rest = rest,
                  .kept = kept,
                  .kept_stride = kept_stride,
                  .type = type,
                  .chunk = (rest.count + slices - 1) / slices,
                  .width = width,
                  .slices = static_cast<Number*>(workspace)};
  const auto native = static_cast<cudaStream_t>(stream);
  const dim3 grid(static_cast<unsigned>((kept + width - 1) / width), static_cast<unsigned>(slices));
  if (rest.count <= std::numeric_limits<std::uint32_t>::max())
    sum_slices<std::uint32_t><<<grid, threads, 0, native>>>(sums);
  else
    sum_slices<std::uint64_t><<<grid, threads, 0, native>>>(sums);
  check_launch("sum over all axes but one");
  add_slices<<<static_cast<unsigned>((kept + threads - 1) / threads), threads, 0, native>>>(
      sums.slices, slices, kept, rest.out, out_stride, type, conjugate);
  check_launch("sum over all axes but one, the last step");
}

}  // namespace faltung::cuda
