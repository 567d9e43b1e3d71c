#include "base/processors.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "base/region.h"

#ifdef __linux__
#include <sched.h>
#include <unistd.h>
#endif

namespace faltung {
namespace {

// The number that a variable begins with (OMP_NUM_THREADS may be "8,2"); 0 if it is none.
int number_in(const char* variable) noexcept {
  const char* const text = std::getenv(variable);
  if (!text) return 0;
  int number = 0;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return std::max(number, 0);
}

}  // namespace

#ifdef __linux__
int processor_count() noexcept {
  cpu_set_t set;
  const bool known = sched_getaffinity(getpid(), sizeof(set), &set) == 0;
  return std::max(known ? CPU_COUNT(&set) : static_cast<int>(std::thread::hardware_concurrency()), 1);
}

void use_all_processors() noexcept {
  cpu_set_t set;
  if (sched_getaffinity(getpid(), sizeof(set), &set) == 0) sched_setaffinity(0, sizeof(set), &set);
}
#else
int processor_count() noexcept { return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1); }
void use_all_processors() noexcept {}
#endif

int most_thread_count() noexcept {
  static const int most = std::clamp(4 * processor_count(), 64, Region::most_threads);
  return most;
}

int default_thread_count() noexcept {
  for (const char* variable : {"FALTUNG_NUM_THREADS", "OMP_NUM_THREADS"})
    if (const int number = number_in(variable)) return std::min(number, most_thread_count());
  return processor_count();
}

}  // namespace faltung
