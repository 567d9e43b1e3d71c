// What each file adds to the module.
#pragma once

#include <nanobind/nanobind.h>

namespace faltung::python {

void bind_convolutions(nanobind::module_& module);

}  // namespace faltung::python
