// Exceptions between C++ and Python.
#pragma once

#include <fmt/format.h>
#include <nanobind/nanobind.h>

#include "faltung/error.h"

namespace faltung::python {

namespace nb = nanobind;

// InvalidArgument becomes ValueError, Unsupported faltung.UnsupportedError, OutOfMemory MemoryError, EngineFailure
// RuntimeError, Io OSError.
void register_errors();

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<const Args&...> text, const Args&... args) {
  throw Error(ErrorCode::InvalidArgument, fmt::format(text, args...));
}

std::string text_of(nb::handle object);       // str(object)
std::string name_of_type(nb::handle object);  // "list", "numpy.ndarray"

}  // namespace faltung::python
