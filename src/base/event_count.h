// Waiting for a change: a short while awake, then asleep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace faltung {

// One turn of a loop that waits awake.
inline void spin_once() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

// True as soon as `happened()` is, false if `patience` was over before. It never yields: on a busy machine that gives
// the rest of a time slice to strangers.
template <class Happened>
bool spin_until(std::chrono::nanoseconds patience, Happened&& happened) {
  using Clock = std::chrono::steady_clock;
  for (const auto end = Clock::now() + patience; Clock::now() < end;) {
    for (int turn = 0; turn < 16; ++turn) {
      if (happened()) return true;
      spin_once();
    }
  }
  return happened();
}

// Change something, then notify(): nobody sleeps through it. (Of std::atomic::wait we cannot say how it waits;
// libstdc++'s yields before it sleeps.)
class EventCount {
 public:
  void notify(int count) noexcept {
    events_.fetch_add(1);
    if (sleepers_.load() > 0) wake(count);
  }
  void notify_all() noexcept;

  // Returns once `happened()` is true.
  template <class Happened>
  void wait(std::chrono::nanoseconds patience, Happened&& happened) {
    if (spin_until(patience, happened)) return;
    for (;;) {
      const std::uint32_t seen = events_.load();
      if (happened()) return;
      sleepers_.fetch_add(1);
      sleep(seen);
      sleepers_.fetch_sub(1);
    }
  }

 private:
  void wake(int count) noexcept;
  void sleep(std::uint32_t seen) noexcept;  // until there was an event after the one seen

  std::atomic<std::uint32_t> events_{0};
  std::atomic<std::int32_t> sleepers_{0};
};

}  // namespace faltung
