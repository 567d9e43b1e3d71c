#include "base/core_clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace faltung {
namespace {

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
constexpr int rounds = 1000, additions = 16;  // rounds hide the loop's own instructions beside the chain

// The compiler may not add up what it cannot see.
std::uint64_t chain(std::uint64_t sum, std::uint64_t addend) {
  for (int round = 0; round < rounds; ++round)
    for (int i = 0; i < additions; ++i) {
      sum += addend;
      asm volatile("" : "+r"(sum), "+r"(addend));
    }
  return sum;
}

// An interrupt only makes a burst longer, so the shortest counts. The first bursts wake the core.
double measured() {
  using Clock = std::chrono::steady_clock;
  double least = 1;
  volatile std::uint64_t sink = 1;
  const auto begin = Clock::now();
  while (Clock::now() - begin < std::chrono::milliseconds(1)) {
    const auto start = Clock::now();
    sink = chain(sink, 3);
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return rounds * additions / least;
}
#else
double measured() { return 0; }
#endif

}  // namespace

double core_hertz() {
  constexpr double quarter = 0.25e9;
  static const double hertz = std::round(measured() / quarter) * quarter;
  return hertz;
}

}  // namespace faltung
