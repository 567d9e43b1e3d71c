// What the library does, told while a program runs: each planning and each call. Costs nothing while nobody listens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "faltung/explain.h"

#pragma GCC visibility push(default)
namespace faltung {

struct TraceEvent {
  enum class Kind : std::uint8_t {
    plan,     // an engine was chosen, or none was found; a plan that the cache knew is not told again
    prepare,  // CompiledConv::prepare
    run,      // CompiledConv::run, which every function of conv.h ends in
  };
  Kind kind = Kind::run;
  const Selection& selection;  // the problem, the device, the engine and the reasons for it
  double seconds = 0;          // of the calling thread: what it has launched on a GPU may still run
  std::size_t workspace_bytes = 0;
  bool from_cache = false;  // of prepare and run: the plan was known when compile() was asked for it
  bool failed = false;      // no engine was found, or the call threw
};

// Called at the end of each, on the thread that did it; several threads may be in it at once. What it throws is
// dropped, and of what it computes itself nothing is told. A program has one hook; an empty one: none. The old one may
// still be called by threads that are in it, and is destroyed after that.
using TraceHook = std::function<void(const TraceEvent&)>;
void set_trace_hook(TraceHook hook);

// The line that FALTUNG_TRACE has for it: a run is a line of a problem file, with the rest as its comment; all else is
// a comment (docs/how-to/tracing.md).
std::string print(const TraceEvent& event);

std::string_view name_of(TraceEvent::Kind kind) noexcept;  // "plan", "prepare", "run"

}  // namespace faltung
#pragma GCC visibility pop
