#include <nanobind/nanobind.h>

#include "bindings.h"
#include "xla/convolution.h"

namespace faltung::python {

namespace nb = nanobind;

void bind_xla(nb::module_& module) {
  module.def(
      "xla_convolution", [] { return nb::capsule(reinterpret_cast<void*>(&xla::convolution)); },
      nb::sig("def xla_convolution() -> typing.Any"),
      "The address of the function that faltung.jax registers with XLA, as a capsule.");
}

}  // namespace faltung::python
