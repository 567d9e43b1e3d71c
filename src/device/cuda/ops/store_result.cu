// One kernel per accumulator type. Element types are run-time values, as the kernel is bound by memory.
#include <cuda_runtime.h>

#include <algorithm>

#include "device/cuda/code/number.cuh"
#include "device/cuda/ops/ops.h"
#include "device/cuda/ops/storing.h"
#include "device/cuda/runtime/check.h"
#include "device/cuda/runtime/device.h"
#include "problem/epilogue.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256;

template <class Sum>
__device__ Sum real_of(const Number& value) {
  if constexpr (std::is_integral_v<Sum>)
    return static_cast<Sum>(value.integer);
  else
    return static_cast<Sum>(value.real);
}

template <class Sum>
__device__ Number finished(const Storing& s, const Number& result, const Number& z, const Number& bias,
                           const Number& old) {
  Sum value = finish(s.epilogue, real_of<Sum>(result), static_cast<Sum>(s.alpha), real_of<Sum>(z), real_of<Sum>(bias));
  if (s.accumulate) value = wrapping_add(value, real_of<Sum>(old));
  if constexpr (std::is_integral_v<Sum>) {
    return whole(value);
  } else {
    Number number{.real = value};
    if (!s.complex) return number;
    // alpha is real and complex types have no activations, so real and imaginary parts are independent.
    Sum imaginary = finish(s.epilogue, static_cast<Sum>(result.imaginary), static_cast<Sum>(s.alpha),
                           static_cast<Sum>(z.imaginary), static_cast<Sum>(bias.imaginary));
    if (s.accumulate) imaginary += static_cast<Sum>(old.imaginary);
    number.imaginary = imaginary;
    return number;
  }
}

template <class Sum, class Index>
__global__ void __launch_bounds__(threads) store_results(const StoringNest nest, const Storing s) {
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * threads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; i < nest.count; i += step) {
    const Places<3> at = offsets_in(nest, static_cast<Index>(i));
    const std::int64_t written = at.of[0], result = at.of[1], channel = at.of[2];
    const Number none{.is_integer = std::is_integral_v<Sum>};
    const Number z = s.epilogue.add ? load(s.z, written, s.type) : none;
    const Number bias = s.epilogue.bias ? load(s.bias, channel, s.type) : none;
    const Number old = s.accumulate ? load(s.written, written, s.type) : none;
    store(s.written, written, s.type, finished<Sum>(s, load(s.result, result, s.sum), z, bias, old));
  }
}

template <class Sum>
void launch(const StoringNest& nest, const Storing& s, std::int64_t most, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(std::clamp<std::int64_t>((nest.count + threads - 1) / threads, 1, most));
  if (nest.count < (std::int64_t{1} << 31))
    store_results<Sum, std::uint32_t><<<blocks, threads, 0, stream>>>(nest, s);
  else
    store_results<Sum, std::uint64_t><<<blocks, threads, 0, stream>>>(nest, s);
  check_launch("bias, add and activation");
}

}  // namespace

void store_result_on_device(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                            const Stream& stream) {
  const Operand& written = problem.written();
  Dims per_channel = Dims::filled(result.sizes.size(), 0);  // axes: N, G, C, spatial
  per_channel[1] = result.size(2);
  per_channel[2] = 1;
  const StoringNest nest = strided_nest<3>(result.sizes, {written.strides, result.strides, per_channel});
  if (nest.count == 0) return;
  const Storing s{.result = result.data,
                  .written = operands.get(written_role(problem.pass)),
                  .z = operands.z,
                  .bias = operands.bias,
                  .sum = result.dtype,
                  .type = written.dtype,
                  .epilogue = problem.epilogue,
                  .accumulate = problem.accumulate,
                  .complex = is_complex(result.dtype),
                  .alpha = operands.alpha};
  if (launch_rows(nest, s, stream.native)) return;
  const auto native = static_cast<cudaStream_t>(stream.native);
  // Blocks, at most; beyond that threads loop.
  const std::int64_t most = std::int64_t{64} * device_properties(stream.device.index).multiprocessors;
  if (result.dtype == DType::i64) return launch<std::int64_t>(nest, s, most, native);
  if (result.dtype == DType::i32) return launch<std::int32_t>(nest, s, most, native);
  if (faltung::real_of(result.dtype) == DType::f64) return launch<double>(nest, s, most, native);
  launch<float>(nest, s, most, native);
}

}  // namespace faltung::cuda
