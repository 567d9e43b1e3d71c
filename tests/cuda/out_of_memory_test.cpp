// When GPU memory is exhausted, planning and running report the bytes they asked for, and the context stays usable.
#include <cctype>

#include "cuda/gpu.h"
#include "faltung/conv.h"
#include "faltung/tune.h"

namespace faltung {
namespace {

constexpr std::int64_t gibi = std::int64_t{1} << 30;

// Allocates nearly all free memory, except for `left` bytes.
class FullGpu {
 public:
  explicit FullGpu(std::size_t left = 0) {
    const test::GpuBytes spared(left);
    for (std::size_t size = std::size_t{4} << 30; size >= (std::size_t{2} << 20); size /= 2) {
      for (;;) {
        taken_.emplace_back(size);
        if (taken_.back().there()) continue;
        taken_.pop_back();
        break;
      }
    }
  }

 private:
  std::vector<test::GpuBytes> taken_;
};

class OutOfMemory : public test::Gpu {
 protected:
  // The message names a number of bytes of at least that size.
  void expect_bytes(const std::string& message, std::int64_t least) {
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < message.size();) {
      if (!std::isdigit(static_cast<unsigned char>(message[i]))) {
        ++i;
        continue;
      }
      std::size_t length = 0;
      try {
        largest = std::max<std::int64_t>(largest, std::stoll(message.substr(i), &length));
      } catch (const std::out_of_range&) {
        length = 1;
      }
      i += length;
    }
    EXPECT_GE(largest, least) << message;
  }

  void expect_usable() {
    const ConvProblem problem = parse_problem("fwd f32 nchw n2 c4 k4 i9x9 f3x3 p1 notf32 notransforms");
    const CompiledConv compiled = compile(problem, {}, context());
    const test::GpuStream stream;
    const test::Example example(problem, 5);
    const test::ExampleOnGpu operands(problem);
    const test::GpuBytes workspace(compiled.workspace_bytes());
    operands.upload(example, stream.get());
    compiled.run(operands.operands(), workspace.span(), stream.view());
    EXPECT_EQ(operands.result(stream.get()), example.expected);
  }
};

TEST_F(OutOfMemory, ATensorThatDoesNotFitSaysItsBytes) {
  {
    const FullGpu full;
    try {
      Tensor::empty({4, gibi}, DType::f32, MemoryFormat::contiguous, test::gpu);
      FAIL() << "16 GiB were found on a full GPU";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
      expect_bytes(error.what(), 16 * gibi);
    }
  }
  expect_usable();
}

TEST_F(OutOfMemory, WhileMeasuringPlans) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n64 c64 k8 i512x512 f3x3 p1");  // 4 GiB of x
  {
    const FullGpu full;
    try {
      const Selection selection = explain(problem, {.effort = Effort::Measure}, context());
      expect_bytes(print(selection), 4 * gibi);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
      expect_bytes(error.what(), 4 * gibi);
    }
  }
  expect_usable();
  EXPECT_TRUE(explain(problem, {.effort = Effort::Measure}, context()).winner)
      << "what failed for want of memory is not remembered";
}

TEST_F(OutOfMemory, WhileRunningACall) {
  {
    const Tensor input = Tensor::zeros({1, 1, 64, 64}, DType::f32, MemoryFormat::contiguous, test::gpu);
    const Tensor weight = Tensor::zeros({1 << 20, 1, 1, 1}, DType::f32, MemoryFormat::contiguous, test::gpu);
    const FullGpu full;
    try {
      conv2d(input, weight, {}, {}, context());
      FAIL() << "16 GiB were found on a full GPU";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
      expect_bytes(error.what(), 16 * gibi);
    }
  }
  expect_usable();
}

TEST_F(OutOfMemory, ACallTakesAPlanWithLessWorkspace) {
  // Every second column of the images: the preferred plan copies them, which needs 1 GiB.
  const Tensor pictures = Tensor::zeros({64, 16, 512, 1024}, DType::f32, MemoryFormat::contiguous, test::gpu);
  fill(pictures, 3.0);
  TensorView input = pictures;
  input.sizes[3] = 512, input.strides[3] = 2;
  const Tensor weight = Tensor::zeros({1, 16, 1, 1}, DType::f32, MemoryFormat::contiguous, test::gpu);
  fill(weight, 2.0);
  const Tensor out = Tensor::zeros({64, 1, 512, 512}, DType::f32, MemoryFormat::contiguous, test::gpu);
  conv2d_out(out, input, weight, {}, {}, context());  // loads the kernels
  fill(out, 0.0);
  test::require(cudaDeviceSynchronize());
  {
    const FullGpu full(std::size_t{256} << 20);
    ConvOptions copying;
    copying.policy.only = "rewrite.relayout";
    try {
      conv2d_out(out, input, weight, {}, copying, context());
      ADD_FAILURE() << "1 GiB was found on a full GPU";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::OutOfMemory) << error.what();
    }
    conv2d_out(out, input, weight, {}, {}, context());
    test::require(cudaDeviceSynchronize());
  }
  const Tensor on_host = Tensor::zeros(out.sizes, DType::f32);
  copy(out, on_host);
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < on_host.numel(); ++i) wrong += on_host.as<float>()[i] != 96.0F;
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace faltung
