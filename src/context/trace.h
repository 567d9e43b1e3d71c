// Telling what is done to whoever listens: the file of FALTUNG_TRACE, the program's hook.
#pragma once

#include <atomic>
#include <chrono>

#include "base/float_environment.h"
#include "faltung/compile.h"
#include "faltung/trace.h"
#include "plan/planner.h"

namespace faltung::trace {

// A bit for each who listens, and one as long as the environment has not been looked at.
enum Listener : unsigned { the_file = 1, the_hook = 2, unknown = 4 };
extern std::atomic<unsigned> listeners;

bool somebody_listens() noexcept;
// Where nobody listens, one relaxed load.
inline bool is_on() noexcept { return listeners.load(std::memory_order_relaxed) != 0 && somebody_listens(); }

// In the caller's floating-point environment, which a hook may see.
void tell(const TraceEvent& event) noexcept;

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point start) {
  return in_default_float_environment([&] { return std::chrono::duration<double>(Clock::now() - start).count(); });
}

// Tells of a call when its scope ends; without succeed() it has failed.
class Span {
 public:
  Span(TraceEvent::Kind kind, const CompiledConv& call) noexcept : call_(is_on() ? &call : nullptr), kind_(kind) {
    if (call_) start_ = Clock::now();
  }
  ~Span() {
    if (call_) tell_of_it();
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;
  void succeed() noexcept { failed_ = false; }

 private:
  void tell_of_it() const noexcept {
    tell({kind_, call_->selection(), seconds_since(start_), call_->workspace_bytes(), call_->from_cache(), failed_});
  }

  const CompiledConv* call_;  // null: nobody listens
  TraceEvent::Kind kind_;
  bool failed_ = true;
  Clock::time_point start_;
};

// Tells of a choice, unless another thread had made it meanwhile. No lock may be held: a hook may plan and tune.
template <class Choose>
Planned told_planning(const Choose& choose) {
  if (!is_on()) return choose();
  const Clock::time_point start = Clock::now();
  Planned planned = choose();
  if (!planned.from_cache)
    tell({.kind = TraceEvent::Kind::plan,
          .selection = *planned.selection,
          .seconds = seconds_since(start),
          .workspace_bytes = planned.plan ? planned.plan->workspace_bytes() : 0,
          .failed = !planned.plan});
  return planned;
}

}  // namespace faltung::trace
