// The gradients of one convolution, for the functions of faltung.functional and the gate of faltung.torch.
#pragma once

#include "arguments/call.h"

namespace faltung::python {

// Three arrays, None where the mask has no.
nb::object convolve_backward(nb::handle grad_output, nb::handle input, nb::handle weight, const Words& words,
                             nb::handle output_mask);

}  // namespace faltung::python
