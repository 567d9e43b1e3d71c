// The floating-point environment that the library computes in, whatever its caller's is.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace faltung {

// While it lives, the calling thread rounds to nearest even, keeps subnormal numbers and traps no exception; then the
// caller's settings are back. So a result does not depend on them, nor on which thread computes which part of it.
class DefaultFloatEnvironment {
 public:
#if defined(__x86_64__)
  DefaultFloatEnvironment() noexcept : before_(_mm_getcsr()) {
    if (differs()) _mm_setcsr(by_default);
  }
  ~DefaultFloatEnvironment() {
    if (differs()) _mm_setcsr(before_);
  }
#else
  DefaultFloatEnvironment() noexcept {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatEnvironment() { std::fesetenv(&before_); }
#endif
  DefaultFloatEnvironment(const DefaultFloatEnvironment&) = delete;
  DefaultFloatEnvironment& operator=(const DefaultFloatEnvironment&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr unsigned by_default = 0x1f80, flags = 0x3f;  // flags of exceptions that have occurred
  bool differs() const noexcept { return (before_ & ~flags) != by_default; }
  unsigned before_;
#else
  std::fenv_t before_;
#endif
};

// The number that `compute` returns. As a volatile it is computed before the caller's settings are back: compilers move
// arithmetic past them, where an inexact result may trap.
template <class Compute>
auto in_default_float_environment(const Compute& compute) {
  const DefaultFloatEnvironment scope;
  const volatile auto result = compute();
  return result;
}

}  // namespace faltung
