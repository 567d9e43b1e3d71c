// Brings the regions that are open and the threads that an executor sends together.
#pragma once

#include <array>
#include <atomic>

#include "base/region.h"
#include "faltung/executor.h"

namespace faltung {

// One for each executor, kept by it and by every call of help_once() that is still to come.
class Dispatcher {
 public:
  static Dispatcher& of(const Executor& executor) noexcept { return *executor.dispatcher_; }

  void keep(int count) noexcept { keepers_.fetch_add(count); }
  void let_go(int count) noexcept;

  // Runs the work on the calling thread and up to threads − 1 that the executor sends. False if there are so many
  // regions at once that this one has no place: then nothing was done.
  bool run(Executor& executor, RegionWork& work, int threads) noexcept;

 private:
  void ask(Executor& executor, int count) noexcept;
  static void help_once(void* dispatcher) noexcept;

  std::atomic<int> keepers_{1};
  std::atomic<int> coming_{0};  // helpers asked for that have not come yet
  std::array<Region, 32> regions_;
};

// True on a thread that is running a task: what it starts it runs alone, so that limits hold and threads are not
// handed from region to region.
bool inside_region() noexcept;

}  // namespace faltung
