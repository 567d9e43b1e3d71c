// Loops over threads. OpenMP underneath: the runtime that oneDNN and PyTorch use too, so pools do not fight.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

namespace faltung {

// The number of threads a loop may use: `requested`, or all of the machine's if 0. 1 inside another parallel loop.
inline int thread_count(int requested) {
  if (omp_in_parallel()) return 1;
  return requested > 0 ? requested : omp_get_max_threads();
}

// Calls body(i) for every i in [0, tasks), spread over at most `threads` threads (0: all); the calling thread takes
// part. Which thread runs which task is not fixed, so a result must not depend on it. The first exception is rethrown
// here.
template <class Body>
void parallel_for(std::int64_t tasks, int threads, Body&& body) {
  const int count = static_cast<int>(std::min<std::int64_t>(thread_count(threads), tasks));
  if (count <= 1) {
    for (std::int64_t i = 0; i < tasks; ++i) body(i);
    return;
  }
  std::exception_ptr failure;
  std::mutex mutex;
#pragma omp parallel for schedule(dynamic) num_threads(count)
  for (std::int64_t i = 0; i < tasks; ++i) {
    try {
      body(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

// The number of the running thread inside a parallel_for, in [0, thread_count()).
inline int thread_index() { return omp_get_thread_num(); }

}  // namespace faltung
