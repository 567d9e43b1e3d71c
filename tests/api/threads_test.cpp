// How many threads a call uses, and whose.
#include <cstring>
#include <thread>

#include "faltung/tune.h"
#include "support/pools.h"
#include "support/tensors.h"

namespace faltung {
namespace {

// Numbers with all their digits, where another order of adding shows.
Tensor fractions(const Dims& sizes, MemoryFormat format = MemoryFormat::contiguous) {
  const Tensor tensor = Tensor::empty(sizes, DType::f32, format);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.as<float>()[i] = static_cast<float>(i * 7919 % 10007) / 10007.0f;
  return tensor;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.sizes == b.sizes && a.strides == b.strides &&
         std::memcmp(a.data, b.data, static_cast<std::size_t>(a.numel()) * size_of(a.dtype)) == 0;
}

// A forward pass with a z that has to be copied, and all gradients.
struct Step {
  Tensor x = fractions({4, 24, 40, 40}), w = fractions({24, 24, 3, 3}), b = fractions({24});
  Tensor z = fractions({4, 24, 40, 40}, MemoryFormat::channels_last);
  std::vector<Tensor> run(Context& context, int threads = 0) const {
    // How many threads there are may decide between engines; those that do not transform agree in these sums.
    const ConvOptions options{.padding = 1, .numerics = {.transforms = false}, .policy = {.threads = threads}};
    const Tensor y = convolution_add_relu(x, w, z, 0.5, b, options, context);
    const Gradients gradients = convolution_backward(y, x, w, options, {true, true, true}, context);
    return {y, gradients.input, gradients.weight, gradients.bias};
  }
};

testing::AssertionResult all_same_bits(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  for (std::size_t i = 0; i < want.size(); ++i)
    if (!same_bits(got[i], want[i])) return testing::AssertionFailure() << "result " << i << " differs";
  return testing::AssertionSuccess();
}

TEST(Threads, ResultsAreTheSameBitsWhateverTheirNumber) {
  const Step step;
  Context one = test::context_of(1);
  const std::vector<Tensor> want = step.run(one);
  for (int threads : {2, 3, 5, 8}) {
    Context context = test::context_of(threads);
    EXPECT_TRUE(all_same_bits(step.run(context), want)) << threads << " threads";
  }
}

TEST(Threads, AreThoseOfTheContextsExecutor) {
  const auto pool = std::make_shared<test::CountingPool>(3);
  Context context;
  context.set_executor(pool);
  Step().run(context);
  EXPECT_GT(pool->asked, 0);
  EXPECT_EQ(context.executor(), pool);
  context.set_executor(nullptr);
  const int before = pool->asked;
  Step().run(context);
  EXPECT_EQ(pool->asked, before);
}

TEST(Threads, AreNotWokenForMicroseconds) {
  for (const char* little :
       {"fwd f32 nchw n1 c8 k8 i8x8 f3x3 p1", "dgrad f32 nchw n1 c8 k8 i8x8 f3x3 p1",
        "fwd f32 nchw n1 c8 k8 g8 i8x8 f3x3 p1", "wgrad f32 nchw n1 c8 k8 g8 i8x8 f3x3 p1",
        "fwd f32 nhwc n1 c16 k16 g16 i8x8 f3x3 p1", "wgrad f32 nhwc n1 c16 k16 g16 i8x8 f3x3 p1"}) {
    Context context;
    const auto pool = std::make_shared<test::CountingPool>(4);
    context.set_executor(pool);
    const ConvProblem problem = parse_problem(little);
    measure(compile(problem, {}, context), 0);
    EXPECT_EQ(pool->asked, 0) << little;
  }
}

TEST(Threads, ThePolicyLimitsCopiesAndSumsToo) {
  const auto pool = std::make_shared<test::CountingPool>(3);
  Context context;
  context.set_executor(pool);
  Step().run(context, 1);
  EXPECT_EQ(pool->asked, 0);
}

TEST(Threads, AnExecutionLimitsWhatIsCalledWithIt) {
  test::CountingPool pool(3);
  const Tensor source = fractions({4, 64, 64, 64}), target = Tensor::empty({4, 64, 64, 64}, DType::f32);
  copy(source, target, Execution({}, &pool, 1));
  fill(target, 1, Execution({}, &pool, 1));
  EXPECT_EQ(pool.asked, 0);
  copy(source, target, Execution({}, &pool));
  EXPECT_GT(pool.asked, 0);
  EXPECT_TRUE(same_bits(source, target));
}

TEST(Threads, APlanRunsOnAnExecutionsExecutor) {
  test::CountingPool pool(3);
  const Step step;
  const Tensor y = Tensor::empty({4, 24, 40, 40}, DType::f32), want = conv2d(step.x, step.w, {}, {.padding = 1});
  const ConvProblem problem = convolution_problem(step.x, step.w, {}, {.padding = 1});
  const Operands operands{.x = step.x.data, .w = step.w.data, .y = y.data};
  compile(problem).run(operands, Execution({}, &pool));
  EXPECT_TRUE(same_bits(y, want));
  const int asked = pool.asked;
  compile(problem, {.threads = 1}).run(operands, Execution({}, &pool));
  EXPECT_EQ(pool.asked, asked);
}

TEST(Threads, OfTheApplicationConvolveSideBySide) {
  const Step step;
  Context context = test::context_of(3);
  const std::vector<Tensor> want = step.run(context);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 6; ++caller)
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 3; ++repeat)
        if (!all_same_bits(step.run(context), want)) ++wrong;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace faltung
