// Vectorised case: results in f32 or already in the stored type, contiguous along the same axis as the destination.
// Four elements at a time, with compile-time types.
#include <cuda_runtime.h>

#include <algorithm>

#include "base/alignment.h"
#include "device/cuda/code/pack.h"
#include "device/cuda/ops/storing.h"
#include "device/cuda/runtime/check.h"
#include "problem/epilogue.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256, width = 4;

// nest: in packs; bias_step: 1 if the bias varies along the row, 0 if it is constant there.
template <class R, class T>
__global__ void __launch_bounds__(threads) store_rows(const StoringNest nest, const Storing s, int bias_step) {
  const auto step = static_cast<std::int64_t>(gridDim.x) * threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; i < nest.count; i += step) {
    const Places<3> at = offsets_in(nest, static_cast<std::uint32_t>(i));
    float sums[width], z[width] = {}, bias[width] = {}, old[width] = {};
    load_pack(static_cast<const R*>(s.result) + at.of[1], sums);
    if (s.epilogue.add) load_pack(static_cast<const T*>(s.z) + at.of[0], z);
    if (s.accumulate) load_pack(static_cast<const T*>(s.written) + at.of[0], old);
    if (s.epilogue.bias && bias_step == 1) load_pack(static_cast<const T*>(s.bias) + at.of[2], bias);
    if (s.epilogue.bias && bias_step == 0)
      bias[0] = bias[1] = bias[2] = bias[3] = widen<float>(static_cast<const T*>(s.bias)[at.of[2]]);
#pragma unroll
    for (int e = 0; e < width; ++e) {
      sums[e] = finish(s.epilogue, sums[e], static_cast<float>(s.alpha), z[e], bias[e]);
      if (s.accumulate) sums[e] += old[e];
    }
    store_pack(static_cast<T*>(s.written) + at.of[0], sums);
  }
}

template <class R, class T>
void launch(const StoringNest& nest, const Storing& s, int bias_step, cudaStream_t stream) {
  constexpr std::int64_t most = 1 << 16;  // blocks, at most; beyond that threads loop
  const auto blocks = static_cast<unsigned>(std::clamp<std::int64_t>((nest.count + threads - 1) / threads, 1, most));
  store_rows<R, T><<<blocks, threads, 0, stream>>>(nest, s, bias_step);
  check_launch("bias, add and activation, row by row");
}

bool in_packs(const StoringNest& nest, const Storing& s) {
  const int last = nest.rank - 1;
  const std::size_t bytes = width * size_of(s.type);
  bool fits = nest.rank > 0 && nest.count < (std::int64_t{1} << 31) && nest.sizes[last] % width == 0;
  fits = fits && nest.strides[0][last] == 1 && nest.strides[1][last] == 1;
  const bool bias_in_packs = fits && nest.strides[2][last] == 1;
  fits = fits && (bias_in_packs || nest.strides[2][last] == 0 || !s.epilogue.bias);
  for (int axis = 0; fits && axis < last; ++axis)
    fits = nest.strides[0][axis] % width == 0 && nest.strides[1][axis] % width == 0 &&
           (!bias_in_packs || nest.strides[2][axis] % width == 0);
  return fits && lies_on(s.result, width * size_of(s.sum)) && lies_on(s.written, bytes) &&
         (!s.epilogue.add || lies_on(s.z, bytes)) && (!s.epilogue.bias || !bias_in_packs || lies_on(s.bias, bytes));
}

}  // namespace

bool launch_rows(const StoringNest& nest, const Storing& s, void* stream) {
  if ((s.sum != DType::f32 && s.sum != s.type) || !is_floating(s.type) || s.type == DType::f64 || !in_packs(nest, s))
    return false;
  StoringNest packs = nest;
  const int last = nest.rank - 1;
  packs.sizes[last] /= width;
  packs.count /= width;
  for (auto& tensor : packs.strides) tensor[last] *= width;
  const auto bias_step = static_cast<int>(nest.strides[2][last]);
  const auto native = static_cast<cudaStream_t>(stream);
  const bool widened = s.sum == DType::f32;
  if (s.type == DType::f32)
    launch<float, float>(packs, s, bias_step, native);
  else if (s.type == DType::f16)
    widened ? launch<float, __half>(packs, s, bias_step, native) : launch<__half, __half>(packs, s, bias_step, native);
  else if (widened)
    launch<float, __nv_bfloat16>(packs, s, bias_step, native);
  else
    launch<__nv_bfloat16, __nv_bfloat16>(packs, s, bias_step, native);
  return true;
}

}  // namespace faltung::cuda
