// faltung.CompiledConv and faltung.PreparedWeights.
#pragma once

#include "arguments/call.h"
#include "faltung/bind.h"
#include "faltung/compile.h"

namespace faltung::python {

struct Prepared {
  std::shared_ptr<const PreparedWeights> weights;
  ArrayArgument w;  // kept: its memory may still be read, and must not be written to
};

struct Compiled {
  CompiledConv conv;
  Device device;

  // Writes the operand that the pass says; returns it, or a new array if it was left out.
  // w may be what prepare() gave.
  nb::object run(nb::handle x, nb::handle w, nb::handle y, nb::handle bias, nb::handle z, nb::handle alpha,
                 nb::handle stream) const;
  Prepared prepare(nb::handle w, nb::handle stream) const;
};

}  // namespace faltung::python
