#include "faltung/trace.h"

#include <memory>

#include "c/guard.h"
#include "faltung/c.h"

namespace {

using faltung::c::required;

static_assert(static_cast<int>(faltung::TraceEvent::Kind::plan) == FALTUNG_TRACE_PLAN);
static_assert(static_cast<int>(faltung::TraceEvent::Kind::prepare) == FALTUNG_TRACE_PREPARE);
static_assert(static_cast<int>(faltung::TraceEvent::Kind::run) == FALTUNG_TRACE_RUN);

DLDevice device_of(faltung::Device device) {
  static constexpr DLDeviceType types[] = {kDLCPU, kDLCUDA, kDLROCM};
  return {types[static_cast<std::size_t>(device.type)], device.index};
}

class CallbackHook {
 public:
  explicit CallbackHook(const faltung_trace_hook& functions) : functions_(functions) {}
  ~CallbackHook() {
    if (owned_ && functions_.release) functions_.release(functions_.data);
  }
  CallbackHook(const CallbackHook&) = delete;
  CallbackHook& operator=(const CallbackHook&) = delete;
  void own() noexcept { owned_ = true; }

  void operator()(const faltung::TraceEvent& event) const {
    const faltung::Candidate* const chosen = event.selection.chosen();
    const std::string problem = print(event.selection.problem);
    const faltung_trace_event told{.size = sizeof(faltung_trace_event),
                                   .kind = static_cast<faltung_trace_kind>(event.kind),
                                   .problem = problem.c_str(),
                                   .engine = chosen ? chosen->engine.c_str() : "",
                                   .variant = chosen ? chosen->variant.c_str() : "",
                                   .device = device_of(event.selection.device),
                                   .seconds = event.seconds,
                                   .workspace_bytes = event.workspace_bytes,
                                   .from_cache = event.from_cache,
                                   .failed = event.failed};
    functions_.event(functions_.data, &told);
  }

 private:
  faltung_trace_hook functions_;
  bool owned_ = false;  // once it is in place
};

void check(const faltung_trace_hook& functions) {
  if (functions.size < sizeof(faltung_trace_hook))
    throw faltung::Error(faltung::ErrorCode::InvalidArgument, "hook.size is less than sizeof(faltung_trace_hook)");
  required(functions.event, "hook.event");
}

}  // namespace

faltung_status faltung_set_trace_hook(const faltung_trace_hook* hook) {
  return faltung::c::guarded([&] {
    if (!hook) return faltung::set_trace_hook({});
    check(*hook);
    const auto callback = std::make_shared<CallbackHook>(*hook);
    faltung::set_trace_hook([callback](const faltung::TraceEvent& event) { (*callback)(event); });
    callback->own();
  });
}
