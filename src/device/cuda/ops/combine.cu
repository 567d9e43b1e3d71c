#include <cuda_runtime.h>

#include <algorithm>

#include "device/cuda/ops/ops.h"
#include "device/cuda/ops/strided_nest.h"
#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256, most_terms = 4;
using Nest = StridedNest<1 + most_terms>;

template <class T>
struct Terms {
  T* out = nullptr;
  const T* in[most_terms] = {};
  T sign[most_terms] = {};
  int count = 0;
};

template <class T, class Index>
__global__ void __launch_bounds__(threads) add_terms(const Nest nest, const Terms<T> terms) {
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; i < nest.count; i += step) {
    const auto at = offsets_in(nest, static_cast<Index>(i));
    T sum = terms.sign[0] * terms.in[0][at.of[1]];
#pragma unroll
    for (int t = 1; t < most_terms; ++t)
      if (t < terms.count) sum += terms.sign[t] * terms.in[t][at.of[1 + t]];
    terms.out[at.of[0]] = sum;
  }
}

template <class T>
void launch(const Nest& nest, const TensorView& out, std::span<const SignedTensor> all, cudaStream_t stream) {
  Terms<T> terms{.out = out.as<T>(), .count = static_cast<int>(all.size())};
  for (std::size_t i = 0; i < all.size(); ++i)
    terms.in[i] = all[i].view.as<const T>(), terms.sign[i] = static_cast<T>(all[i].sign);
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>((nest.count + threads - 1) / threads, 1 << 16));
  if (nest.count < (std::int64_t{1} << 31))
    add_terms<T, std::uint32_t><<<blocks, threads, 0, stream>>>(nest, terms);
  else
    add_terms<T, std::uint64_t><<<blocks, threads, 0, stream>>>(nest, terms);
  check_launch("sum of tensors");
}

}  // namespace

void combine_on_device(const TensorView& out, std::span<const SignedTensor> terms, const Stream& stream) {
  std::array<Dims, 1 + most_terms> strides;
  strides.fill(out.strides);  // unused terms get the output's strides, so that they prevent no merging of axes
  for (std::size_t i = 0; i < terms.size(); ++i) strides[1 + i] = terms[i].view.strides;
  const Nest nest = strided_nest<1 + most_terms>(out.sizes, strides);
  if (nest.count == 0) return;
  const auto native = static_cast<cudaStream_t>(stream.native);
  if (out.dtype == DType::f32)
    launch<float>(nest, out, terms, native);
  else
    launch<double>(nest, out, terms, native);
}

}  // namespace faltung::cuda
