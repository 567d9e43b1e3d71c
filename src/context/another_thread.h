// A thread of the library's for one call.
#pragma once

#include <future>
#include <system_error>

#include "base/blocked_signals.h"
#include "base/processors.h"
#include "faltung/error.h"

namespace faltung {

template <class Call>
auto started(const Call& call) try {
  const BlockedSignals scope;
  return std::async(std::launch::async, [&call] {
    use_all_processors();
    return call();
  });
} catch (const std::system_error&) {
  throw Error(ErrorCode::EngineFailure, "no thread could be started to measure with");
}

// In no parallel region and tied to no processor, whatever the calling thread is. Throws what the call throws, or
// EngineFailure where there is no thread.
template <class Call>
auto on_another_thread(const Call& call) {
  return started(call).get();
}

}  // namespace faltung
