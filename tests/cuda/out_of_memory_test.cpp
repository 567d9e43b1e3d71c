// When the GPU's memory is gone, planning and running say what they asked for, and the context can be used afterwards.
#include <cctype>

#include "cuda/gpu.h"
#include "faltung/conv.h"
#include "faltung/tune.h"

namespace faltung {
namespace {

constexpr std::int64_t gibi = std::int64_t{1} << 30;

// Takes nearly all memory that is free.
class FullGpu {
 public:
  FullGpu() {
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
  // The message names a number of bytes, at least so many.
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
  EXPECT_TRUE(explain(problem, {.effort = Effort::Measure}, context()).winner) << "what failed for want of memory is not remembered";
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

}  // namespace
}  // namespace faltung
