#include "base/work_timers.h"

#include <atomic>

namespace faltung {
namespace {

std::array<std::atomic<std::int64_t>, timed_works> nanoseconds{};

}  // namespace

void add_work_time(TimedWork work, std::chrono::nanoseconds time) noexcept {
  nanoseconds[static_cast<std::size_t>(work)].fetch_add(time.count(), std::memory_order_relaxed);
}

WorkSeconds take_work_seconds() noexcept {
  WorkSeconds seconds{};
  for (std::size_t i = 0; i < seconds.size(); ++i)
    seconds[i] = 1e-9 * static_cast<double>(nanoseconds[i].exchange(0, std::memory_order_relaxed));
  return seconds;
}

}  // namespace faltung
