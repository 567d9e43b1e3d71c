// Pools of a chosen size, whatever the machine has.
#pragma once

#include <atomic>
#include <memory>

#include "base/thread_pool.h"
#include "faltung/context.h"

namespace faltung::test {

inline Context context_of(int threads) {
  Context context;
  context.set_executor(std::make_shared<ThreadPool>(threads));
  return context;
}

// Counts the helpers that are asked for.
class CountingPool : public ThreadPool {
 public:
  using ThreadPool::ThreadPool;
  int submit(int count, void (*work)(void*) noexcept, void* argument) override {
    asked += count;
    return ThreadPool::submit(count, work, argument);
  }
  std::atomic<int> asked{0};
};

}  // namespace faltung::test
