// The arguments that all convolutions take, as Python gave them, and as the library wants them.
#pragma once

#include <nanobind/nanobind.h>

#include "contexts.h"
#include "faltung/conv.h"

namespace faltung::python {

struct Words {
  nb::handle stride, padding, dilation, groups;
  nb::handle output_padding{};
  bool transposed = false;
  nb::handle padding_mode, policy, numerics;
};

// Throws InvalidArgument with the name of the one that is wrong. Null handles are defaults.
ConvOptions options_from(const Words& words, void* stream);

}  // namespace faltung::python
