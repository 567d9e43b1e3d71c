// The library's own pool of threads.
#pragma once

#include <memory>
#include <mutex>

#include "faltung/executor.h"

namespace faltung {

// Starts its threads when helpers are first asked for, all of them: later nothing is allocated. Where the system does
// not give so many, or memory for them would leave none for the work, there are fewer. They end some time after the
// pool.
class ThreadPool : public Executor {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool() override;

  int threads() const noexcept override { return threads_; }
  // `work` and `argument` are the same in all calls: only this executor's dispatcher makes them.
  int submit(int count, void (*work)(void*) noexcept, void* argument) override;

 private:
  struct Shared;  // with the threads

  const int threads_;
  std::once_flag started_;
  int running_ = 0;
  Shared* shared_;
};

// Made when first asked for, with default_thread_count() threads. It lives for the program: functions of atexit() and
// destructors of static objects may convolve. After a fork the child makes a new one.
Executor& default_executor();

}  // namespace faltung
