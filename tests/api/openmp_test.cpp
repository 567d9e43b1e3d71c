// A program with OpenMP calls the library from inside and outside of its parallel regions.
#include <omp.h>

#include <atomic>

#include "base/parallel_for.h"
#include "faltung/tune.h"
#include "support/pools.h"
#include "support/tensors.h"

namespace faltung {
namespace {

Tensor ones(const Dims& sizes) {
  const Tensor tensor = Tensor::empty(sizes, DType::f32);
  fill(tensor, 1);
  return tensor;
}

bool convolves() {
  const Tensor y = clone(conv2d(ones({2, 16, 64, 64}), ones({16, 16, 3, 3}), {}, {.padding = 1}));
  return y.as<const float>()[65] == 16 * 9;
}

TEST(OpenMp, ARegionsThreadsConvolveAloneEach) {
  std::atomic<int> wrong{0}, parallel{0};
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < 32; ++i) {
    if (!convolves()) ++wrong;
    if (thread_count(Execution()) != 1) ++parallel;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(parallel, 0);
}

TEST(OpenMp, OutsideOfRegionsAllThreadsWork) {
  EXPECT_EQ(thread_count(Execution()), most_threads({}));
  EXPECT_TRUE(convolves());
}

// A plan that was made inside a region is not one for a single thread.
TEST(OpenMp, PlansAreMadeForAllThreads) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n2 c16 k16 i64x64 f3x3 p1");
  Context first_used_within = test::context_of(3), used_outside = test::context_of(3);
#pragma omp parallel num_threads(2)
  {
#pragma omp single
    compile(problem, {}, first_used_within);
  }
  EXPECT_EQ(print(explain(problem, {}, first_used_within)), print(explain(problem, {}, used_outside)));
}

// Nor is one that was measured there.
TEST(OpenMp, ChoicesAreMeasuredWithAllThreads) {
  const auto pool = std::make_shared<test::CountingPool>(3);
  Context context;
  context.set_executor(pool);
  const ConvProblem problem = parse_problem("fwd f32 nchw n2 c16 k16 i64x64 f3x3 p1");
#pragma omp parallel num_threads(2)
  {
#pragma omp single
    tune(problem, {}, context);
  }
  EXPECT_GT(pool->asked, 0);
  EXPECT_EQ(compile(problem, {}, context).selection().decision, Decision::tuned);
}

}  // namespace
}  // namespace faltung
