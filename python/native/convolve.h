// A convolution forward, with everything that may be fused into it.
#pragma once

#include "arguments/call.h"

namespace faltung::python {

struct ForwardWords {
  nb::handle input, weight, bias;
  Words words;
  nb::handle activation, z, alpha, out, stream;
  nb::handle in_dims{};  // of input, weight and bias, where they are mapped over an axis; null: no such parameter
};

// `rank` spatial axes, 0: any. Refuses PyTorch's tensors that want a gradient if `checks_graph`, since nothing here
// would record how the result came about.
nb::object convolve(const ForwardWords& words, int rank, bool checks_graph);

}  // namespace faltung::python
