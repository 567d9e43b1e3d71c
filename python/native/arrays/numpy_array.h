// NumPy's arrays through `__array_struct__`, the protocol in C that its extension types and those of old versions have.
#pragma once

#include "arrays/read_array.h"

namespace faltung::python {

ArrayArgument read_numpy(nb::handle array, const char* name);

}  // namespace faltung::python
