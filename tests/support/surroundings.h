// A caller's floating-point environments.
#pragma once

#include <gtest/gtest.h>

#include <cfenv>

#ifdef __x86_64__
#include <xmmintrin.h>
#endif

namespace faltung::test {

// The caller rounds elsewhere, has subnormal numbers flushed, or traps what is inexact.
enum class Setting { upward, downward, toward_zero, flushed, trapping };

inline const auto all_settings =
    testing::Values(Setting::upward, Setting::downward, Setting::toward_zero, Setting::flushed, Setting::trapping);

inline std::string name_of(const testing::TestParamInfo<Setting>& info) {
  static constexpr const char* names[] = {"upward", "downward", "toward_zero", "flushed", "trapping"};
  return names[static_cast<int>(info.param)];
}

inline void take(Setting setting) {
#ifdef __x86_64__
  if (setting == Setting::flushed) _mm_setcsr(_mm_getcsr() | 0x8040u);
  if (setting == Setting::trapping) _mm_setcsr(_mm_getcsr() & ~0x1ebfu);
#endif
  if (setting == Setting::upward) std::fesetround(FE_UPWARD);
  if (setting == Setting::downward) std::fesetround(FE_DOWNWARD);
  if (setting == Setting::toward_zero) std::fesetround(FE_TOWARDZERO);
}

class Surroundings {
 public:
  explicit Surroundings(Setting setting) {
    std::fegetenv(&before_);
    take(setting);
  }
  ~Surroundings() { std::fesetenv(&before_); }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

 private:
  std::fenv_t before_;
};

// Nothing but the calls may run within: the rest of a test has the usual environment.
template <class Call>
auto in(Setting setting, Call call) {
  const Surroundings scope(setting);
  return call();
}

// What of it a callee can see: how it rounds, flushes and traps.
inline unsigned settings_here() {
#ifdef __x86_64__
  return _mm_getcsr() & ~0x3fu;
#else
  return static_cast<unsigned>(std::fegetround());
#endif
}

}  // namespace faltung::test
