// How many threads a plan asks for.
#pragma once

namespace faltung {

// Of `threads`, for work that takes one of them so many seconds. Waking another takes its waker some microseconds, in
// which it could have done the work itself.
inline int worthwhile_threads(int threads, double seconds) noexcept {
  constexpr double waking_seconds = 5e-6;
  return seconds < waking_seconds ? 1 : threads;
}

}  // namespace faltung
