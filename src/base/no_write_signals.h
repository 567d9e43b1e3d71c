// Writing to a pipe that nobody reads, or beyond a limit of sizes, without the signal that ends a program.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <cerrno>

namespace faltung {

// While it lives, the calling thread does not get SIGPIPE and SIGXFSZ; those that were sent meanwhile are gone with it.
class NoWriteSignals {
 public:
  NoWriteSignals() noexcept {
    sigset_t pending;
    sigpending(&pending);
    sigemptyset(&signals_);
    for (const int signal : {SIGPIPE, SIGXFSZ})
      if (!sigismember(&pending, signal)) sigaddset(&signals_, signal);  // the program's own stays pending
    pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  }
  ~NoWriteSignals() {
    const int error = errno;
    const timespec no_time{};
    while (sigtimedwait(&signals_, nullptr, &no_time) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    errno = error;
  }
  NoWriteSignals(const NoWriteSignals&) = delete;
  NoWriteSignals& operator=(const NoWriteSignals&) = delete;

 private:
  sigset_t signals_, mask_before_;
};

}  // namespace faltung
