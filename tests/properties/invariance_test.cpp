// Results must not depend on how many threads there are, nor, where that is asked for, on who else is in the batch. On
// numbers with all their digits, where another order of adding shows.
#include <gtest/gtest.h>

#include <cstring>

#include "plan/registry.h"
#include "support/arrays.h"
#include "support/pools.h"

namespace faltung {
namespace {

using test::Arrays;

ConvProblem f32_problem(test::RandomProblems& random, Pass pass) {
  ConvProblem problem = random.plain(pass);
  problem.numerics.transforms = true;
  for (Role role : {Role::x, Role::w, Role::y}) problem.operand(role).dtype = DType::f32;
  return canonical(problem);
}

// Nothing if the engine refuses. A composite's parts are of one engine, whichever threads make another one faster.
std::vector<float> run_on(std::string_view engine, int threads, const ConvProblem& problem,
                          const Arrays<float>& arrays) {
  Policy policy;
  policy.only = engine;
  policy.threads = threads;
  for (const char* other : {"cpu.window", "cpu.winograd", "cpu.fft", "cpu.onednn"})
    if (engine != other) policy.without.emplace_back(other);
  static Context context = test::context_of(4);  // more threads than this machine may have
  try {
    return test::run(problem, arrays, policy, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unsupported) throw;
    return {};
  }
}

TEST(Results, AreTheSameBitsForEveryNumberOfThreads) {
  test::RandomProblems random(test::announced_seed());
  int compared = 0;
  for (int i = 0; i < 40; ++i) {
    const ConvProblem problem = f32_problem(random, static_cast<Pass>(i % 3));
    const Arrays<float> arrays = test::random_arrays<float>(problem.geometry, random, false);
    for (const Registration& engine : built_in_engines()) {
      const std::vector<float> one = run_on(engine.name, 1, problem, arrays);
      compared += !one.empty();
      for (int threads : {2, 3, 4}) {
        const std::vector<float> several = run_on(engine.name, threads, problem, arrays);
        if (several.empty() && engine.name == "cpu.onednn") continue;  // does not use the threads of this pool
        ASSERT_EQ(several, one) << engine.name << ", " << threads << " threads: " << print(problem);
      }
    }
  }
  EXPECT_GT(compared, 40);
}

TEST(BatchInvariant, AnImageDoesNotSeeItsNeighbours) {
  test::RandomProblems random(test::announced_seed());
  int compared = 0;
  for (int i = 0; i < 40; ++i) {
    ConvProblem batch = f32_problem(random, i % 2 == 0 ? Pass::Forward : Pass::DataGrad);
    batch.geometry.batch = 3;
    batch.numerics.batch_invariant = true;
    for (Role role : {Role::x, Role::w, Role::y})
      batch.operand(role).strides = operand_strides(batch.geometry, role, MemoryFormat::contiguous);
    ConvProblem single = batch;
    single.geometry.batch = 1;
    batch = canonical(batch), single = canonical(single);
    Arrays<float> three = test::random_arrays<float>(batch.geometry, random, false), one = three;
    for (Role role : {Role::x, Role::y}) {
      const auto image = static_cast<std::ptrdiff_t>(test::count_of(single.geometry, role));
      one.get(role).assign(three.get(role).begin() + image, three.get(role).begin() + 2 * image);
    }
    for (const Registration& engine : built_in_engines()) {
      const std::vector<float> alone = run_on(engine.name, 1, single, one),
                               together = run_on(engine.name, 2, batch, three);
      if (alone.empty() || together.empty()) continue;
      ++compared;
      const auto start = together.begin() + static_cast<std::ptrdiff_t>(alone.size());
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(), start)) << engine.name << ": " << print(batch);
    }
  }
  EXPECT_GT(compared, 40);
}

}  // namespace
}  // namespace faltung
