// Exceptions end here: they become a status and the calling thread's last error.
#pragma once

#include <string>

#include "faltung/c.h"
#include "faltung/error.h"

namespace faltung::c {

// For use in a catch block.
faltung_status status_of_current_exception() noexcept;

template <class Body>
faltung_status guarded(Body&& body) noexcept {
  try {
    body();
    return FALTUNG_OK;
  } catch (...) {
    return status_of_current_exception();
  }
}

// Throws InvalidArgument if the pointer is null.
template <class T>
T& required(T* pointer, const char* name) {
  if (!pointer) throw Error(ErrorCode::InvalidArgument, std::string(name) + " is NULL");
  return *pointer;
}

}  // namespace faltung::c
