#include "c/guard.h"

#include <new>

namespace faltung::c {
namespace {

thread_local std::string last_message;
thread_local const char* last_error = "";

faltung_status remember(faltung_status status, const char* message) noexcept {
  try {
    last_message = message;
    last_error = last_message.c_str();
  } catch (...) {
    last_error = "out of memory, even for the message";
  }
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
