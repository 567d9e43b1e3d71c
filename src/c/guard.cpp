#include "c/guard.h"

#include <cstring>
#include <new>

namespace faltung::c {
namespace {

thread_local const char* last_error = "";
thread_local char short_error[256];  // for want of memory, and once the thread has destroyed its objects
thread_local bool thread_is_ending = false;

const char* shortened(const char* message) noexcept {
  std::strncpy(short_error, message, sizeof(short_error) - 1);
  return short_error;
}

struct Message {
  std::string text;
  ~Message() {
    if (last_error == text.c_str()) last_error = shortened(last_error);
    thread_is_ending = true;
  }
};

const char* kept(const char* message) noexcept {
  if (thread_is_ending) return shortened(message);
  thread_local Message whole;
  try {
    return (whole.text = message).c_str();
  } catch (const std::bad_alloc&) {
    return shortened(message);
  }
}

faltung_status remember(faltung_status status, const char* message) noexcept {
  last_error = kept(message);
  return status;
}

faltung_status status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return FALTUNG_INVALID_ARGUMENT;
    case ErrorCode::Unsupported:
      return FALTUNG_UNSUPPORTED;
    case ErrorCode::OutOfMemory:
      return FALTUNG_OUT_OF_MEMORY;
    case ErrorCode::EngineFailure:
      return FALTUNG_ENGINE_FAILURE;
    case ErrorCode::Io:
      return FALTUNG_IO;
  }
  return FALTUNG_INTERNAL;
}

}  // namespace

faltung_status status_of_current_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return remember(status_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return remember(FALTUNG_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return remember(FALTUNG_INTERNAL, error.what());
  } catch (...) {
    return remember(FALTUNG_INTERNAL, "an unknown exception");
  }
}

}  // namespace faltung::c

const char* faltung_last_error(void) { return faltung::c::last_error; }
