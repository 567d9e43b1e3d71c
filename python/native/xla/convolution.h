// The function that XLA's programs call for a convolution, in any of its passes.
#pragma once

#include "xla/ffi.h"

namespace faltung::python::xla {

// One attribute, `problem`: the text form, with strides that fit into the buffers. The arguments are the operands that
// are read, in the order x, w, y; the result is the one that is written.
Error* convolution(Call* call) noexcept;

}  // namespace faltung::python::xla
