#include "arguments/errors.h"

#include <nanobind/stl/string.h>

#include <exception>
#include <string>

namespace faltung::python {
namespace {

PyObject* unsupported = nullptr;  // never released

PyObject* class_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return PyExc_ValueError;
    case ErrorCode::Unsupported:
      return unsupported;
    case ErrorCode::OutOfMemory:
      return PyExc_MemoryError;
    case ErrorCode::EngineFailure:
      return PyExc_RuntimeError;
    case ErrorCode::Io:
      return PyExc_OSError;
  }
  return PyExc_RuntimeError;
}

}  // namespace

void register_errors() {
  unsupported = nb::object(nb::module_::import_("faltung._errors").attr("UnsupportedError")).release().ptr();
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      PyErr_SetString(class_for(error.code()), error.what());
    }
  });
}

std::string text_of(nb::handle object) { return nb::cast<std::string>(nb::str(object)); }

std::string name_of_type(nb::handle object) {
  const std::string module = text_of(object.type().attr("__module__"));
  const std::string name = text_of(object.type().attr("__qualname__"));
  return module == "builtins" ? name : module + "." + name;
}

}  // namespace faltung::python
