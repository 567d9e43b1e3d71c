#include "base/event_count.h"

#include <limits>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace faltung {

void EventCount::notify_all() noexcept { notify(std::numeric_limits<int>::max()); }

#ifdef __linux__
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

void EventCount::wake(int count) noexcept {
  syscall(SYS_futex, &events_, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

void EventCount::sleep(std::uint32_t seen) noexcept {
  syscall(SYS_futex, &events_, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}
#else
void EventCount::wake(int) noexcept { events_.notify_all(); }
void EventCount::sleep(std::uint32_t seen) noexcept { events_.wait(seen); }
#endif

}  // namespace faltung
