// The CPU threads that the library works with.
#pragma once

#include "faltung/device.h"

#pragma GCC visibility push(default)
namespace faltung {

class [[gnu::visibility("hidden")]] Dispatcher;

// A pool of threads. The library has one of its own; an application that wants its own threads used implements this.
// The thread that calls the library always works itself, and waits only for work that another thread has begun. So a
// pool may be busy, may nest and may even ignore submit(): a call then takes longer, but never waits for a thread that
// does not come.
class Executor {
 public:
  Executor();
  virtual ~Executor();  // calls of the library that use it have returned
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // How many threads may work at once, the calling one included. Always the same number.
  virtual int threads() const noexcept = 0;

  // Has other threads call work(argument) `count` times, soon or late, each time once; a call that comes late returns
  // at once, even after the executor was destroyed. Returns how many calls there will be: fewer than `count` is fine.
  // If it throws, there must be none. Any thread may call it, several at once.
  virtual int submit(int count, void (*work)(void*) noexcept, void* argument) = 0;

 private:
  friend class Dispatcher;
  Dispatcher* dispatcher_;
};

// How work is done: on which stream of which device, and on the CPU with which threads.
struct Execution {
  Stream stream;
  Executor* executor = nullptr;  // null: the library's own pool
  int threads = 0;               // at most so many at once, the calling one included; 0: as many as the executor has

  Execution() = default;
  Execution(const Stream& on, Executor* pool = nullptr, int most = 0) noexcept
      : stream(on), executor(pool), threads(most) {}

  // The same with no more threads than `most` (0: no limit of its own).
  Execution at_most(int most) const noexcept {
    const bool fewer = most > 0 && (threads <= 0 || most < threads);
    return {stream, executor, fewer ? most : threads};
  }
};

}  // namespace faltung
#pragma GCC visibility pop
