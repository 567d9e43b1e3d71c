// faltung.Policy and faltung.Numerics.
#pragma once

#include <nanobind/nanobind.h>

#include "faltung/conv_options.h"

namespace faltung::python {

namespace nb = nanobind;

void bind_settings(nb::module_& module);

Policy policy_from(nb::handle value);      // None: the default
Numerics numerics_from(nb::handle value);  // None: the default

}  // namespace faltung::python
