// The context and the stream of a call.
#pragma once

#include "arrays/read_array.h"
#include "faltung/context.h"

namespace faltung::python {

Context& context_of(const Device& device);

// The given stream (an address, or None) or, of arrays whose library says so, its current one.
void* stream_of(const ArrayArgument& array, nb::handle given);

}  // namespace faltung::python
