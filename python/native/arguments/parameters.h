// Numbers, sequences and words from Python as the options of a convolution.
#pragma once

#include <nanobind/nanobind.h>

#include "faltung/conv_options.h"

namespace faltung::python {

namespace nb = nanobind;

// All throw InvalidArgument with the parameter's name.
std::int64_t integer_from(nb::handle value, const char* name);
bool truth_from(nb::handle value, const char* name);
double number_from(nb::handle value, const char* name);
Dims integers_from(nb::handle values, const char* name);
PerAxis per_axis_from(nb::handle value, const char* name);
Padding padding_from(nb::handle value);
Border border_from(nb::handle value);
Activation activation_from(nb::handle value);  // None: none
std::string_view word_from(nb::handle value, const char* name);

}  // namespace faltung::python
