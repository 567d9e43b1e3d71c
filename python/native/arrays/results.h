// Results as arrays of the input's kind.
#pragma once

#include <nanobind/nanobind.h>

#include "arrays/array_kind.h"
#include "faltung/tensor.h"

namespace faltung::python {

// An undefined tensor becomes None.
nb::object as_kind(const Tensor& tensor, const ArrayKind& kind, void* stream);

}  // namespace faltung::python
