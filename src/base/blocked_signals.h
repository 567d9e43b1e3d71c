// Signals that wait.
#pragma once

#include <pthread.h>

#include <csignal>
#include <initializer_list>

namespace faltung {

// While it lives, the calling thread gets no signals but those excepted; a thread that it starts never gets them.
class BlockedSignals {
 public:
  explicit BlockedSignals(std::initializer_list<int> except = {}) noexcept {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int signal : except) sigdelset(&blocked, signal);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace faltung
