// Where the time of the CPU's kernels goes, summed over all threads, in builds with -DFALTUNG_TIMERS=ON. In others
// nothing is timed, and timers are compiled away.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace faltung {

// Packing operands; multiplying them; waiting for tasks that other threads have begun.
enum class TimedWork : std::uint8_t { stage, multiply, wait };
inline constexpr int timed_works = 3;

#ifdef FALTUNG_TIMERS
inline constexpr bool has_work_timers = true;
#else
inline constexpr bool has_work_timers = false;
#endif

using WorkSeconds = std::array<double, timed_works>;

// Since the last call.
WorkSeconds take_work_seconds() noexcept;
void add_work_time(TimedWork work, std::chrono::nanoseconds time) noexcept;

// Adds the time for which it lives.
class WorkTimer {
 public:
  explicit WorkTimer([[maybe_unused]] TimedWork work) noexcept {
    if constexpr (has_work_timers) work_ = work, start_ = std::chrono::steady_clock::now();
  }
  ~WorkTimer() {
    if constexpr (has_work_timers) add_work_time(work_, std::chrono::steady_clock::now() - start_);
  }
  WorkTimer(const WorkTimer&) = delete;
  WorkTimer& operator=(const WorkTimer&) = delete;

 private:
  TimedWork work_{};
  std::chrono::steady_clock::time_point start_{};
};

}  // namespace faltung
