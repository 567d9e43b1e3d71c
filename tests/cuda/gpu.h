// Shared by the GPU tests: a context or the reason why there is none, memory, streams, and all engines that accept a
// problem.
#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "faltung/compile.h"
#include "faltung/context.h"
#include "faltung/problem.h"

namespace faltung::test {

inline constexpr Device gpu{DeviceType::cuda, 0};

// Throws if a call of the CUDA runtime failed, which ends the test.
inline void require(cudaError_t code) {
  if (code != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(code));
}

class Gpu : public testing::Test {
 protected:
  void SetUp() override {
    try {
      context_.emplace(gpu);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
  Context& context() { return *context_; }

  // The problem compiled on each engine that accepts it.
  std::vector<CompiledConv> compile_on_every_engine(const ConvProblem& problem, Policy policy = {}) {
    std::vector<CompiledConv> all;
    for (const EngineInfo& engine : context().engines()) {
      if (!engine.available) continue;
      policy.only = engine.name;
      if (explain(problem, policy, context()).winner) all.push_back(compile(problem, policy, context()));
    }
    return all;
  }

 private:
  std::optional<Context> context_;
};

// f32 on the host: small integers around 0, so that every summation order gives the same result.
inline Tensor whole_numbers(const Dims& sizes, int modulus) {
  Tensor tensor = Tensor::empty(sizes, DType::f32);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.as<float>()[i] = static_cast<float>(i * 11 % modulus) - static_cast<float>(modulus / 2);
  return tensor;
}
// Any type, on any device.
inline std::vector<float> values(const TensorView& tensor) {
  const Tensor here = Tensor::empty(tensor.sizes, DType::f32);
  copy(tensor, here);
  return {here.as<float>(), here.as<float>() + here.numel()};
}

// Directly from the runtime, so that the amount of free memory is known.
class GpuBytes {
 public:
  explicit GpuBytes(std::size_t bytes) : bytes_(bytes) {
    if (bytes > 0 && cudaMalloc(&data_, bytes) != cudaSuccess) data_ = nullptr, cudaGetLastError();
  }
  ~GpuBytes() { cudaFree(data_); }
  GpuBytes(GpuBytes&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  GpuBytes& operator=(GpuBytes&&) = delete;

  bool there() const noexcept { return data_ || bytes_ == 0; }
  std::byte* data() const noexcept { return static_cast<std::byte*>(data_); }
  std::size_t size() const noexcept { return bytes_; }
  Workspace span() const noexcept { return {data(), bytes_}; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

class GpuStream {
 public:
  GpuStream() { EXPECT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess); }
  ~GpuStream() { cudaStreamDestroy(stream_); }
  GpuStream(const GpuStream&) = delete;
  GpuStream& operator=(const GpuStream&) = delete;
  cudaStream_t get() const noexcept { return stream_; }
  Stream view() const noexcept { return {gpu, stream_}; }
  void wait() const { EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess); }

 private:
  cudaStream_t stream_ = nullptr;
};

// f32 operands of a dense problem on the host, small integers that depend on the seed, and the expected result.
struct Example {
  std::vector<float> x, w, y, expected;

  Example(const ConvProblem& problem, unsigned seed);
  std::vector<float>& of(Role role) { return role == Role::x ? x : role == Role::w ? w : y; }
};

// The same operands on the GPU.
class ExampleOnGpu {
 public:
  explicit ExampleOnGpu(const ConvProblem& problem);
  bool there() const { return x_.there() && w_.there() && y_.there(); }
  Operands operands() const { return {.x = x_.data(), .w = w_.data(), .y = y_.data()}; }
  // Copies the operands read and poisons the one written, in stream order.
  void upload(const Example& example, cudaStream_t stream) const;
  std::vector<float> result(cudaStream_t stream) const;  // waits

 private:
  const GpuBytes& of(Role role) const { return role == Role::x ? x_ : role == Role::w ? w_ : y_; }
  Role written_;
  GpuBytes x_, w_, y_;
};

}  // namespace faltung::test
