// Pools of applications, well and badly behaved.
#include "faltung/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/parallel_for.h"

namespace faltung {
namespace {

// Keeps its calls until the test makes them, or its end: each has to be made once.
class LateExecutor : public Executor {
 public:
  explicit LateExecutor(int threads) : threads_(threads) {}
  ~LateExecutor() override {
    for (const auto& call : kept) call();
  }
  int threads() const noexcept override { return threads_; }
  int submit(int count, void (*work)(void*) noexcept, void* argument) override {
    submitted += count;
    for (int i = 0; i < count; ++i) kept.emplace_back([=] { work(argument); });
    return count;
  }
  std::vector<std::function<void()>> kept;
  int submitted = 0;

 private:
  int threads_;
};

class FunctionExecutor : public Executor {
 public:
  using Submit = std::function<int(int, void (*)(void*) noexcept, void*)>;
  FunctionExecutor(int threads, Submit submit) : threads_(threads), submit_(std::move(submit)) {}
  int threads() const noexcept override { return threads_; }
  int submit(int count, void (*work)(void*) noexcept, void* argument) override {
    return submit_(count, work, argument);
  }

 private:
  int threads_;
  Submit submit_;
};

int tasks_run(Executor& executor, int tasks) {
  std::atomic<int> ran{0};
  parallel_for(Execution({}, &executor), tasks, [&](std::int64_t) { ++ran; });
  return ran;
}

TEST(Executor, TheCallerNeedsNobody) {
  LateExecutor executor(4);
  EXPECT_EQ(tasks_run(executor, 100), 100);
  EXPECT_EQ(executor.submitted, 3);
}

TEST(Executor, IsNotAskedAgainForHelpersThatAreStillToCome) {
  LateExecutor executor(4);
  for (int region = 0; region < 1000; ++region) EXPECT_EQ(tasks_run(executor, 10), 10);
  EXPECT_EQ(executor.submitted, 3);
  for (const auto& call : executor.kept) call();
  executor.kept.clear();
  EXPECT_EQ(tasks_run(executor, 10), 10);
  EXPECT_EQ(executor.submitted, 6);
}

TEST(Executor, MayGoBeforeItsCallsCome) {
  std::vector<std::function<void()>> late;
  {
    LateExecutor executor(3);
    EXPECT_EQ(tasks_run(executor, 10), 10);
    late = std::move(executor.kept);
  }
  EXPECT_EQ(late.size(), 2u);
  for (const auto& call : late) call();
}

TEST(Executor, MayWorkWithinSubmit) {
  FunctionExecutor executor(3, [](int count, void (*work)(void*) noexcept, void* argument) {
    for (int i = 0; i < count; ++i) work(argument);
    return count;
  });
  EXPECT_EQ(tasks_run(executor, 100), 100);
}

TEST(Executor, MayRefuseOrFail) {
  FunctionExecutor refuses(3, [](int, void (*)(void*) noexcept, void*) { return 0; });
  FunctionExecutor fails(3, [](int, void (*)(void*) noexcept, void*) -> int { throw std::bad_alloc(); });
  for (int region = 0; region < 10; ++region) {
    EXPECT_EQ(tasks_run(refuses, 100), 100);
    EXPECT_EQ(tasks_run(fails, 100), 100);
  }
}

TEST(Executor, MayStartAThreadForEveryCall) {
  FunctionExecutor executor(4, [](int count, void (*work)(void*) noexcept, void* argument) {
    for (int i = 0; i < count; ++i) std::thread(work, argument).detach();
    return count;
  });
  for (int region = 0; region < 200; ++region) EXPECT_EQ(tasks_run(executor, 20), 20);
}

TEST(Executor, OfOneThreadIsNeverAsked) {
  LateExecutor executor(1);
  EXPECT_EQ(tasks_run(executor, 100), 100);
  EXPECT_EQ(executor.submitted, 0);
}

}  // namespace
}  // namespace faltung
