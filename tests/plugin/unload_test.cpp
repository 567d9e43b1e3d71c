// A plug-in stays as long as a context or a plan has something of it.
#include <dlfcn.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "plugin/engines.h"

namespace faltung {
namespace {

bool is_loaded() {
  void* library = ::dlopen(EXAMPLE_ENGINE, RTLD_NOW | RTLD_NOLOAD);
  if (library) ::dlclose(library);
  return library != nullptr;
}

const Policy only{.only = "my.engine"};

TEST(Unloading, WaitsForTheLastPlan) {
  ASSERT_FALSE(is_loaded());
  std::optional<CompiledConv> plan;
  {
    Context context, other;
    context.add_engine_library(EXAMPLE_ENGINE);
    other.add_engine_library(EXAMPLE_ENGINE);
    plan = compile(parse_problem(test::forward), only, context);
  }
  EXPECT_TRUE(is_loaded());
  EXPECT_TRUE(verify(*plan).passed());
  plan.reset();
  EXPECT_FALSE(is_loaded());
}

TEST(Unloading, WaitsForTheLastContext) {
  Context context;
  context.add_engine_library(EXAMPLE_ENGINE);
  compile(parse_problem(test::forward), only, context);  // in the cache
  context.remove_engine("my.engine");
  EXPECT_FALSE(is_loaded());
}

// Opened, used by sixteen threads, left by all of them, a thousand times.
TEST(Unloading, AThousandTimesWhileSixteenThreadsUseIt) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c1 k1 i4x4 f2x2");
  constexpr int threads = 16, times = 1000;
  std::atomic<int> right{0}, wrong{0};
  const auto use = [&](int first) {
    const std::vector<float> x(16, 1), w(4, 2);
    for (int i = first; i < times; i += threads) {
      Context context;
      context.add_engine_library(EXAMPLE_ENGINE);
      std::vector<float> y(9);
      const CompiledConv plan = compile(problem, {.only = "my.engine", .threads = 1}, context);
      if (i % 2) context.remove_engine("my.engine");
      plan.run({const_cast<float*>(x.data()), const_cast<float*>(w.data()), y.data()});
      ++(y == std::vector<float>(9, 8) ? right : wrong);
    }
  };
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(use, i);
  for (std::thread& each : all) each.join();
  EXPECT_EQ(right, times);
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(is_loaded());
}

// The same in rounds, each of which ends with it gone.
TEST(Unloading, IsCompleteAfterEachOfAThousandRounds) {
  const ConvProblem problem = parse_problem("fwd f32 nchw n1 c1 k1 i4x4 f2x2");
  std::atomic<int> right{0};
  for (int round = 0; round < 1000; ++round) {
    Context context;
    context.add_engine_library(EXAMPLE_ENGINE);
    std::vector<std::thread> all;
    for (int i = 0; i < 16; ++i)
      all.emplace_back([&] {
        std::vector<float> x(16, 1), w(4, 2), y(9);
        compile(problem, {.only = "my.engine", .threads = 1}, context).run({x.data(), w.data(), y.data()});
        right += y == std::vector<float>(9, 8);
      });
    for (std::thread& each : all) each.join();
    ASSERT_TRUE(is_loaded());
    context.remove_engine("my.engine");
    context.clear_cache();
    ASSERT_FALSE(is_loaded()) << round;
  }
  EXPECT_EQ(right, 16 * 1000);
}

}  // namespace
}  // namespace faltung
