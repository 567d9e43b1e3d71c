// The problem, as text, that a call results in.
#include <nanobind/stl/string.h>

#include "arguments/call.h"
#include "arguments/documentation.h"
#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "bindings.h"

namespace faltung::python {
namespace {

using nb::handle;

Wanted wanted_from(handle value) {
  const std::string_view word = word_from(value, "wanted");
  if (word == "output") return Wanted::output;
  if (word == "grad_input") return Wanted::grad_input;
  if (word == "grad_weight") return Wanted::grad_weight;
  refuse("wanted \"{}\" is unknown; there are output, grad_input and grad_weight", word.substr(0, 32));
}

std::string problem(handle input, handle weight, handle bias, handle stride, handle padding, handle dilation,
                    bool transposed, handle output_padding, handle groups, handle padding_mode, handle activation,
                    bool add, handle wanted, bool constant_weights, handle numerics) {
  const Words words{stride, padding, dilation, groups, output_padding, transposed, padding_mode, nb::none(), numerics};
  const ArrayArgument x = read_array(input, "input"), w = read_array(weight, "weight"), b = read_optional(bias, "bias");
  const Wanted result = wanted_from(wanted);
  ConvProblem problem = convolution_problem(x.view, w.view, b.view, options_from(words, nullptr), result);
  problem.epilogue.add = add;
  problem.epilogue.activation = activation_from(activation);
  problem.constant_weights = constant_weights;
  return print(canonical(problem));
}

}  // namespace

void bind_problems(nb::module_& module) {
  module.def("problem", &problem, nb::arg("input").none(), nb::arg("weight").none(),
             nb::arg("bias").none() = nb::none(), nb::arg("stride").none() = 1, nb::arg("padding").none() = 0,
             nb::arg("dilation").none() = 1, nb::arg("transposed") = false, nb::arg("output_padding").none() = 0,
             nb::arg("groups").none() = 1, nb::kw_only(), nb::arg("padding_mode").none() = "zeros",
             nb::arg("activation").none() = nb::none(), nb::arg("add") = false, nb::arg("wanted").none() = "output",
             nb::arg("constant_weights") = false, nb::arg("numerics").none() = nb::none(),
             nb::sig(problem_signature().c_str()), problem_text);
}

}  // namespace faltung::python
