// One context and one plan serve every thread.
#include <thread>

#include "cuda/gpu.h"
#include "faltung/conv.h"

namespace faltung {
namespace {

constexpr int thread_count = 32, rounds = 20;
constexpr const char* problems[] = {
    "fwd f32 nchw n2 c8 k12 i17x15 f3x3 p1 notf32 notransforms",
    "dgrad f32 nhwc n2 c8 k8 i16x16 f3x3 s2 p1 notf32 notransforms",
    "wgrad f32 nchw n2 c16 k16 g16 i20x20 f3x3 p1 notf32 notransforms deterministic",
    "fwd f32 nhwc n2 c16 k16 i20x20 f1x1 notf32 notransforms",
};

class Threads : public test::Gpu {};

// The thread's own stream, operands and workspace; only the plan is shared.
void run_many_times(const CompiledConv& compiled, const test::Example& example, int& wrong) {
  const test::GpuStream stream;
  const test::ExampleOnGpu operands(compiled.problem());
  const test::GpuBytes workspace(compiled.workspace_bytes());
  ASSERT_TRUE(operands.there() && workspace.there());
  for (int round = 0; round < rounds; ++round) {
    operands.upload(example, stream.get());
    compiled.run(operands.operands(), workspace.span(), stream.view());
    wrong += operands.result(stream.get()) != example.expected;
  }
}

TEST_F(Threads, OnePlanGivesTheSameBitsInThirtyTwoThreads) {
  for (const char* text : problems) {
    const ConvProblem problem = parse_problem(text);
    for (const CompiledConv& compiled : compile_on_every_engine(problem)) {
      const test::Example example(problem, 7);
      std::vector<int> wrong(thread_count, 0);
      std::vector<std::thread> threads;
      for (int t = 0; t < thread_count; ++t)
        threads.emplace_back([&, t] { run_many_times(compiled, example, wrong[static_cast<std::size_t>(t)]); });
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(wrong, std::vector<int>(thread_count, 0)) << compiled.engine() << " on " << text;
    }
  }
}

TEST_F(Threads, ManyPlanOnOneContextAtOnce) {
  std::vector<int> wrong(thread_count, 0);
  std::vector<std::thread> threads;
  std::vector<test::Example> examples;
  for (const char* text : problems) examples.emplace_back(parse_problem(text), 3);
  for (int t = 0; t < thread_count; ++t)
    threads.emplace_back([&, t] {
      const auto which = static_cast<std::size_t>(t) % std::size(problems);
      const CompiledConv compiled = compile(parse_problem(problems[which]), {}, context());
      run_many_times(compiled, examples[which], wrong[static_cast<std::size_t>(t)]);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(thread_count, 0));
}

Tensor bf16_on_gpu(const Dims& sizes) {
  Tensor here = Tensor::empty(sizes, DType::f32);
  for (std::int64_t i = 0; i < here.numel(); ++i) here.as<float>()[i] = static_cast<float>(i * 7 % 5) - 2;
  Tensor there = Tensor::empty(sizes, DType::bf16, MemoryFormat::channels_last, test::gpu);
  copy(here, there);
  return there;
}

std::vector<float> on_host(const Tensor& tensor) {
  Tensor here = Tensor::empty(tensor.sizes, DType::f32);
  copy(tensor, here);
  return {here.as<float>(), here.as<float>() + here.numel()};
}

// Kernels for such epilogues are compiled at run time, once for each thread that runs the plan concurrently.
TEST_F(Threads, ShareAPlanWhoseKernelsAreCompiledAtRunTime) {
  for (const EngineInfo& engine : context().engines())
    if (engine.name == "cuda.cudnn" && !engine.available) GTEST_SKIP() << engine.reason;
  const Tensor y = bf16_on_gpu({2, 32, 4, 4}), w = bf16_on_gpu({32, 16, 4, 4}), z = bf16_on_gpu({2, 16, 8, 8});
  const auto call = [&](Policy policy) {
    return on_host(convolution_fused(y, w, {}, {.z = z, .activation = Activation::relu},
                                     {.stride = 2, .padding = 1, .transposed = true, .policy = policy}, context()));
  };
  const std::vector<float> expected = call({.only = "cuda.direct"});
  std::vector<int> right(4, 0);
  std::vector<std::thread> threads;
  for (int& mine : right)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) mine += call({.only = "cuda.cudnn", .effort = Effort::Measure}) == expected;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 5));
}

}  // namespace
}  // namespace faltung
