// An argument that is an array, read without a copy.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "arrays/array_kind.h"
#include "faltung/tensor.h"

namespace faltung::python {

// Valid while the Python object lives, which a call's arguments do.
struct ArrayArgument {
  TensorView view;
  bool read_only = false;
  const ArrayKind* kind = nullptr;
  std::shared_ptr<void> owner{};  // of what the view looks at, if that is more than the object itself
};

// Throws InvalidArgument with the argument's name if it is no array that can be read.
ArrayArgument read_array(nb::handle array, const char* name, void* stream = nullptr);
// None gives an undefined view.
ArrayArgument read_optional(nb::handle array, const char* name, void* stream = nullptr);
// One that is written: read-only memory is refused.
ArrayArgument read_out(nb::handle array, const char* name, void* stream = nullptr);

// One that outlives the call: its memory is kept whatever becomes of the object.
ArrayArgument read_owned(nb::handle array, const char* name);

}  // namespace faltung::python
