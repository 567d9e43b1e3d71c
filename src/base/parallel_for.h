// Loops over the threads of an executor.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <type_traits>

#include "faltung/executor.h"

namespace faltung {

// How many threads a loop may use: as many as the execution allows and its executor has.
int most_threads(const Execution& execution);
// Loops that begin now run on the calling thread alone: it is in a task of another loop, or in an active parallel
// region of OpenMP, whose threads are all busy already.
bool runs_alone() noexcept;
// How many threads a loop that begins now may use.
int thread_count(const Execution& execution);

namespace detail {

using RunTasks = void (*)(void* body, int phase, std::int64_t begin, std::int64_t end, int slot);
void run_phases(const Execution& execution, std::span<const std::int64_t> tasks, RunTasks run, void* body);

}  // namespace detail

// Calls body(phase, task) or body(phase, task, slot) for every task in [0, tasks[phase]) of every phase, at most 63 of
// them. Threads claim tasks; the calling thread takes part, and waits only for tasks that others have begun. A phase
// begins when all tasks of the one before are done. Tasks that run at the same time have different slots in
// [0, thread_count(execution)). Which thread runs which task is not fixed, so results must not depend on it. The first
// exception is rethrown here; tasks that had not begun are left out.
template <class Body>
void parallel_phases(const Execution& execution, std::span<const std::int64_t> tasks, Body&& body) {
  const auto run = [](void* target, int phase, std::int64_t begin, std::int64_t end, int slot) {
    auto& call = *static_cast<std::remove_reference_t<Body>*>(target);
    for (std::int64_t task = begin; task < end; ++task) {
      if constexpr (std::invocable<Body&, int, std::int64_t, int>)
        call(phase, task, slot);
      else
        call(phase, task);
    }
  };
  detail::run_phases(execution, tasks, run, const_cast<void*>(static_cast<const void*>(&body)));
}

template <class Body>
void parallel_phases(const Execution& execution, std::initializer_list<std::int64_t> tasks, Body&& body) {
  parallel_phases(execution, std::span(tasks.begin(), tasks.size()), body);
}

// One phase: body(task) or body(task, slot).
template <class Body>
void parallel_for(const Execution& execution, std::int64_t tasks, Body&& body) {
  parallel_phases(execution, {tasks}, [&body](int, std::int64_t task, int slot) {
    if constexpr (std::invocable<Body&, std::int64_t, int>)
      body(task, slot);
    else
      body(task);
  });
}

}  // namespace faltung
