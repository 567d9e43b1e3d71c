#include "context/trace.h"

#include <memory>
#include <mutex>
#include <utility>

#include "base/never_destroyed.h"
#include "context/trace_file.h"

namespace faltung {
namespace trace {

constinit std::atomic<unsigned> listeners{unknown};

namespace {

struct HookHolder {
  std::mutex mutex;
  std::shared_ptr<const TraceHook> hook;
};

HookHolder& holder() {
  static NeverDestroyed<HookHolder> of_the_program;
  return *of_the_program;
}

std::shared_ptr<const TraceHook> current_hook() {
  const std::lock_guard lock(holder().mutex);
  return holder().hook;
}

TraceFile& file() {
  static NeverDestroyed<TraceFile> of_the_program(trace_file_of_environment());
  return *of_the_program;
}

void look_at_environment() {
  static const unsigned found = listeners.fetch_xor(file().is_open() ? unknown | the_file : unknown);
  (void)found;
}

void write(const TraceEvent& event) {
  if (file().append(print(event) + "\n")) return;
  if (listeners.fetch_and(~the_file) & the_file) file().complain();  // the first to fail says so
}

void call_hook(const TraceEvent& event) {
  if (const std::shared_ptr<const TraceHook> hook = current_hook()) (*hook)(event);
}

// What goes wrong here is no business of the work that is told of.
template <class Action>
void attempt(const Action& action) noexcept try {
  action();
} catch (...) {
}

constinit thread_local bool telling = false;

}  // namespace

bool somebody_listens() noexcept {
  attempt(look_at_environment);
  return !telling && (listeners.load(std::memory_order_relaxed) & (the_file | the_hook)) != 0;
}

void tell(const TraceEvent& event) noexcept {
  if (std::exchange(telling, true)) return;
  const unsigned who = listeners.load(std::memory_order_relaxed);
  if (who & the_file) attempt([&] { write(event); });
  if (who & the_hook) attempt([&] { call_hook(event); });
  telling = false;
}

}  // namespace trace

void set_trace_hook(TraceHook hook) {
  std::shared_ptr<const TraceHook> other = hook ? std::make_shared<const TraceHook>(std::move(hook)) : nullptr;
  const std::lock_guard lock(trace::holder().mutex);
  trace::holder().hook.swap(other);
  if (trace::holder().hook)
    trace::listeners.fetch_or(trace::the_hook);
  else
    trace::listeners.fetch_and(~trace::the_hook);
}

}  // namespace faltung
