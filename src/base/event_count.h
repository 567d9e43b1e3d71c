// Waiting for a change: a short while awake, then asleep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

namespace faltung {

// One turn of a loop that waits awake.
inline void spin_once() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

// How long to wait awake. On a quiet machine a wake-up costs more than the waiting; on a busy one another process wants
// the processor, and its time slice is lost to the thread that is waited for.
struct Patience {
  std::chrono::nanoseconds quiet, busy;
};

// Whether a thread that waited awake was found to have been descheduled in the last 50 ms.
class Crowding {
 public:
  using Clock = std::chrono::steady_clock;
  static bool seen(Clock::time_point now) noexcept {
    return now.time_since_epoch().count() < until_.load(std::memory_order_relaxed);
  }
  static void note(Clock::time_point now) noexcept {
    until_.store((now + std::chrono::milliseconds(50)).time_since_epoch().count(), std::memory_order_relaxed);
  }

 private:
  static inline std::atomic<Clock::rep> until_{0};
};

// True as soon as `happened()` is, false if the patience was over before, or the scheduler ran somebody else meanwhile.
// It never yields: on a busy machine that gives the rest of a time slice to strangers.
template <class Happened>
bool spin_until(const Patience& patience, Happened&& happened) {
  constexpr std::chrono::milliseconds descheduled{1};  // longer than an interrupt, shorter than a time slice
  auto now = Crowding::Clock::now();
  for (const auto end = now + (Crowding::seen(now) ? patience.busy : patience.quiet); now < end;) {
    for (int turn = 0; turn < 16; ++turn) {
      if (happened()) return true;
      spin_once();
    }
    const auto before = std::exchange(now, Crowding::Clock::now());
    if (now - before < descheduled) continue;
    Crowding::note(now);
    break;
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
  void wait(const Patience& patience, Happened&& happened) {
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
