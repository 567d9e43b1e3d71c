// One thread or one block sums the terms of one element, always in the same order.
#include <cuda_runtime.h>

#include <algorithm>

#include "base/visit.h"
#include "device/cuda/code/element.h"
#include "device/cuda/runtime/check.h"
#include "engines/cuda/direct/launch.h"
#include "problem/epilogue.h"

namespace faltung::cuda_direct {
namespace {

using cuda::DeviceType_;

constexpr int block_threads = 128;

// Operands with a compile-time type.
template <class T>
struct Typed {
  T* data;
  template <class Sum, class Index>
  __device__ Sum load(Index i) const {
    return cuda::widen<Sum>(data[i]);
  }
  template <class Index, class Sum>
  __device__ void store(Index i, Sum value) const {
    data[i] = cuda::narrow<T>(value);
  }
};

// Operands with a run-time type, so that mixed types need no kernel per combination.
struct AnyType {
  void* data;
  DType dtype;

  template <class Sum, class Body>
  __device__ void with_type(Body&& body) const {
    if constexpr (cuda::is_complex_sum<Sum>) {
      if (dtype == DType::cf32)
        body(static_cast<cuda::Complex<float>*>(data));
      else
        body(static_cast<cuda::Complex<double>*>(data));
    } else if constexpr (std::is_integral_v<Sum>) {
      if (dtype == DType::i8)
        body(static_cast<std::int8_t*>(data));
      else if (dtype == DType::i32)
        body(static_cast<std::int32_t*>(data));
      else
        body(static_cast<std::int64_t*>(data));
    } else {
      if (dtype == DType::f32)
        body(static_cast<float*>(data));
      else if (dtype == DType::f64)
        body(static_cast<double*>(data));
      else if (dtype == DType::f16)
        body(static_cast<__half*>(data));
      else
        body(static_cast<__nv_bfloat16*>(data));
    }
  }
  template <class Sum, class Index>
  __device__ Sum load(Index i) const {
    Sum value;
    with_type<Sum>([&](auto* typed) { value = cuda::widen<Sum>(typed[i]); });
    return value;
  }
  template <class Index, class Sum>
  __device__ void store(Index i, Sum value) const {
    with_type<Sum>([&](auto* typed) { typed[i] = cuda::narrow<std::remove_pointer_t<decltype(typed)>>(value); });
  }
};

// Epilogue and accumulation. Rarely used, so the types are run-time values.
struct Finish {
  Epilogue epilogue;
  bool accumulate = false;
  std::int64_t channels = 1;
  AnyType bias{}, z{}, old{};
  double alpha = 1;
};

template <class Sum>
__device__ Sum finished(const Finish& f, std::int64_t offset, std::int64_t channel, Sum sum) {
  if constexpr (cuda::is_complex_sum<Sum>) {
    using Part = decltype(Sum::re);
    if (f.epilogue.add) sum = cuda::multiply_add(Sum{static_cast<Part>(f.alpha), 0}, f.z.load<Sum>(offset), sum);
    if (f.epilogue.bias) sum = cuda::add(sum, f.bias.load<Sum>(channel));
  } else {
    const Sum z = f.epilogue.add ? f.z.load<Sum>(offset) : Sum(0);
    const Sum bias = f.epilogue.bias ? f.bias.load<Sum>(channel) : Sum(0);
    sum = finish(f.epilogue, sum, static_cast<Sum>(f.alpha), z, bias);
  }
  return f.accumulate ? cuda::add(f.old.load<Sum>(offset), sum) : sum;
}

template <class Sum>
__device__ Sum conjugated(Sum value, bool conjugate) {
  if constexpr (cuda::is_complex_sum<Sum>)
    if (conjugate) value.im = -value.im;
  return value;
}

// Sum of the terms first, first + step, … of an element, numbered through all loops.
template <class Sum, class A, class B, class Index>
__device__ Sum partial_sum(const Terms<Index>& t, const Start<Index>& s, A a, B b, Index first, Index step) {
  Sum total{};
  const Index count = s.count[0] * s.count[1] * s.count[2] * t.reduced;
  for (Index i = first; i < count; i += step) {
    Index rest = i;
    const Index n = rest % t.reduced;
    rest /= t.reduced;
    const Index k = rest % s.count[2];
    rest /= s.count[2];
    const Index j = rest % s.count[1], d = rest / s.count[1];
    const Index at_a = s.a + d * t.step_a[0] + j * t.step_a[1] + k * t.step_a[2] + n * t.reduced_a;
    const Index at_b = s.b + d * t.step_b[0] + j * t.step_b[1] + k * t.step_b[2] + n * t.reduced_b;
    total = cuda::multiply_add(conjugated(a.template load<Sum>(at_a), t.conjugate_a),
                               conjugated(b.template load<Sum>(at_b), t.conjugate_b), total);
  }
  return total;
}

// Sum of all terms, as nested loops.
template <class Sum, class A, class B, class Index>
__device__ Sum whole_sum(const Terms<Index>& t, const Start<Index>& s, A a, B b) {
  Sum total{};
  for (Index d = 0; d < s.count[0]; ++d)
    for (Index j = 0; j < s.count[1]; ++j)
      for (Index k = 0; k < s.count[2]; ++k) {
        Index at_a = s.a + d * t.step_a[0] + j * t.step_a[1] + k * t.step_a[2];
        Index at_b = s.b + d * t.step_b[0] + j * t.step_b[1] + k * t.step_b[2];
        for (Index n = 0; n < t.reduced; ++n, at_a += t.reduced_a, at_b += t.reduced_b)
          total = cuda::multiply_add(conjugated(a.template load<Sum>(at_a), t.conjugate_a),
                                     conjugated(b.template load<Sum>(at_b), t.conjugate_b), total);
      }
  return total;
}

template <class Index>
__device__ std::int64_t channel_of(const Start<Index>& start, const Finish& f) {
  return static_cast<std::int64_t>(start.number[1]) * f.channels + start.number[2];
}

template <class Sum, class Index, class A, class B, class Out>
__global__ void __launch_bounds__(block_threads) sum_per_thread(Terms<Index> t, A a, B b, Out out, Finish f) {
  const auto stride = static_cast<std::int64_t>(gridDim.x) * block_threads;
  for (std::int64_t i = blockIdx.x * static_cast<std::int64_t>(block_threads) + threadIdx.x; i < t.count; i += stride) {
    const Start<Index> start = start_of(t, static_cast<Index>(i));
    const Sum sum = whole_sum<Sum>(t, start, a, b);
    out.store(start.written, finished(f, start.written, channel_of(start, f), sum));
  }
}

template <class Sum, class Index, class A, class B, class Out>
__global__ void __launch_bounds__(block_threads) sum_per_block(Terms<Index> t, A a, B b, Out out, Finish f) {
  __shared__ Sum sums[block_threads];
  for (std::int64_t i = blockIdx.x; i < t.count; i += gridDim.x) {
    const Start<Index> start = start_of(t, static_cast<Index>(i));
    sums[threadIdx.x] =
        partial_sum<Sum>(t, start, a, b, static_cast<Index>(threadIdx.x), static_cast<Index>(block_threads));
    for (int half = block_threads / 2; half > 0; half /= 2) {
      __syncthreads();
      if (threadIdx.x < half) sums[threadIdx.x] = cuda::add(sums[threadIdx.x], sums[threadIdx.x + half]);
    }
    if (threadIdx.x == 0) out.store(start.written, finished(f, start.written, channel_of(start, f), sums[0]));
    __syncthreads();  // the next element overwrites `sums`
  }
}

template <class Sum, class Index, class A, class B, class Out>
void start(const Launch& l, const Terms<Index>& terms, A a, B b, Out out, const Finish& f, cudaStream_t stream) {
  const std::int64_t blocks =
      l.block_per_element ? terms.count : (static_cast<std::int64_t>(terms.count) + block_threads - 1) / block_threads;
  const auto grid = static_cast<unsigned>(std::min<std::int64_t>(blocks, 1 << 30));
  if (grid == 0) return;
  if (l.block_per_element)
    sum_per_block<Sum><<<grid, block_threads, 0, stream>>>(terms, a, b, out, f);
  else
    sum_per_thread<Sum><<<grid, block_threads, 0, stream>>>(terms, a, b, out, f);
  cuda::check_launch("cuda.direct");
}

template <class T>
void run_typed(const Launch& l, void* a, void* b, void* out, const Finish& f, cudaStream_t stream) {
  using Sum = typename cuda::SumOf<T>::type;
  const Typed<const T> from_a{static_cast<const T*>(a)}, from_b{static_cast<const T*>(b)};
  const Typed<T> to{static_cast<T*>(out)};
  if (l.small)
    start<Sum>(l, l.narrow, from_a, from_b, to, f, stream);
  else
    start<Sum>(l, l.wide, from_a, from_b, to, f, stream);
}

template <class Sum>
void run_any(const Launch& l, void* a, void* b, void* out, const Finish& f, cudaStream_t stream) {
  start<Sum>(l, l.wide, AnyType{a, l.a}, AnyType{b, l.b}, AnyType{out, l.written}, f, stream);
}

void run_mixed(const Launch& l, void* a, void* b, void* out, const Finish& f, cudaStream_t stream) {
  switch (l.sum) {
    case DType::f32:
      return run_any<float>(l, a, b, out, f, stream);
    case DType::f64:
      return run_any<double>(l, a, b, out, f, stream);
    case DType::cf32:
      return run_any<cuda::Complex<float>>(l, a, b, out, f, stream);
    case DType::cf64:
      return run_any<cuda::Complex<double>>(l, a, b, out, f, stream);
    default:
      return run_any<std::int64_t>(l, a, b, out, f, stream);
  }
}

// Integers are always summed in 64 bits, which loses nothing that fits the accumulator.
bool naturally_summed(const Launch& l) {
  return l.a == l.b && l.b == l.written && (is_integer(l.a) || l.sum == accumulator_of(l.a));
}

}  // namespace

void run(const Launch& l, const Operands& operands, void* stream) {
  const Pass pass = l.wide.pass;
  void* const out = operands.get(written_role(pass));
  void *const a = operands.get(read_a(pass)), *const b = operands.get(read_b(pass));
  const auto any = [&](const void* data) { return AnyType{const_cast<void*>(data), l.written}; };
  const Finish finish{.epilogue = l.epilogue,
                      .accumulate = l.accumulate,
                      .channels = l.channels,
                      .bias = any(operands.bias),
                      .z = any(operands.z),
                      .old = any(out),
                      .alpha = operands.alpha};
  const auto on = static_cast<cudaStream_t>(stream);
  if (!naturally_summed(l)) return run_mixed(l, a, b, out, finish, on);
  visit(l.a, [&]<class T>(ElementType<T>) { run_typed<DeviceType_<T>>(l, a, b, out, finish, on); });
}

}  // namespace faltung::cuda_direct
