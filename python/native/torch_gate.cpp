// The cheapest ways of faltung.torch: a convolution of plain tensors that nothing watches, and its gradients. PyTorch
// is asked through its own functions in Python; it is not linked.
#include <nanobind/stl/vector.h>

#include <algorithm>

#include "arguments/parameters.h"
#include "arrays/read_array.h"
#include "bindings.h"
#include "convolve.h"
#include "gradients.h"

namespace faltung::python {
namespace {

using nb::handle;

// What PyTorch says of itself.
struct TorchStates {
  nb::object tensor, parameter;      // the types that are plain
  std::vector<nb::object> watching;  // functions: a true answer of one means that something watches calls
  nb::object grad_is_enabled, thread_count, transforms_on_cpu;
  nb::object numerics;          // a function of the input: what its result may differ by; usually None on a CPU
  nb::object prepares_weights;  // whether calls on a CPU had better prepare them
  nb::object is_cpu = nb::str("is_cpu"), is_cuda = nb::str("is_cuda"), requires_grad = nb::str("requires_grad"),
             one = nb::float_(1.0);
};

bool is_yes(const nb::object& answer) {
  if (!answer.is_valid()) nb::raise_python_error();
  return answer.is(nb::handle(Py_True)) || (!answer.is(nb::handle(Py_False)) && truth_from(answer, "PyTorch's answer"));
}
bool says_yes(const nb::object& function) { return is_yes(nb::steal(PyObject_CallNoArgs(function.ptr()))); }
bool has(handle tensor, const nb::object& property) {
  return is_yes(nb::steal(PyObject_GetAttr(tensor.ptr(), property.ptr())));
}

bool is_plain(const TorchStates& states, handle tensor) {
  const handle type = tensor.type();
  return (type.is(states.tensor) || type.is(states.parameter)) &&
         (has(tensor, states.is_cpu) || has(tensor, states.is_cuda));
}

bool is_watched(const TorchStates& states) {
  return std::any_of(states.watching.begin(), states.watching.end(), says_yes);
}

bool wants_graph(const TorchStates& states, handle input, handle weight, handle bias) {
  if (!says_yes(states.grad_is_enabled)) return false;
  const auto wants = [&](handle tensor) { return has(tensor, states.requires_grad); };
  return wants(input) || wants(weight) || (!bias.is_none() && wants(bias));
}

bool is_of_amounts(handle padding) {
  const auto is_amount = [](handle value) { return PyLong_Check(value.ptr()); };
  if (is_amount(padding)) return true;
  if (!PyTuple_Check(padding.ptr())) return false;
  const auto amounts = nb::borrow<nb::tuple>(padding);
  return std::all_of(amounts.begin(), amounts.end(), is_amount);
}

// Words of padding, and a weight that is empty, may mean something else to PyTorch.
bool is_as_in_torch(handle weight, handle padding) {
  return is_of_amounts(padding) && read_array(weight, "weight").view.numel() > 0;
}

handle option(const nb::tuple& options, Py_ssize_t index) { return PyTuple_GetItem(options.ptr(), index); }

nb::object numerics_of(const TorchStates& states, handle tensor) {
  if (says_yes(states.transforms_on_cpu) && has(tensor, states.is_cpu)) return nb::none();
  nb::object numerics = nb::steal(PyObject_CallFunctionObjArgs(states.numerics.ptr(), tensor.ptr(), nullptr));
  if (!numerics.is_valid()) nb::raise_python_error();
  return numerics;
}

// With what PyTorch allows. `numerics` keeps what the words refer to.
Words words_of(const TorchStates& states, const nb::tuple& options, const nb::object& numerics) {
  const nb::object threads = nb::steal(PyObject_CallNoArgs(states.thread_count.ptr()));
  Words words = python::words_of(options);
  words.numerics = numerics;
  words.threads = static_cast<int>(integer_from(threads, "threads"));
  return words;
}

nb::object convolve_plain(const TorchStates& states, handle input, handle weight, handle bias, const nb::tuple& options,
                          int rank) {
  const nb::object numerics = numerics_of(states, input), none = nb::none();
  const Words words = words_of(states, options, numerics);
  return convolve({input, weight, bias, words, none, none, states.one, none, none}, rank, false);
}

nb::object torch_convolution(const TorchStates& states, handle input, handle weight, handle bias,
                             const nb::tuple& options, int rank, bool as_in_torch) {
  try {
    if (PyTuple_Size(options.ptr()) != 7 || is_watched(states)) return nb::none();
    if (!is_plain(states, input) || !is_plain(states, weight) || !(bias.is_none() || is_plain(states, bias)))
      return nb::none();
    if (as_in_torch && !is_as_in_torch(weight, option(options, 1))) return nb::none();
    if (wants_graph(states, input, weight, bias)) return nb::bool_(true);
    if (says_yes(states.prepares_weights) && has(input, states.is_cpu)) return nb::none();
    return convolve_plain(states, input, weight, bias, options, rank);
  } catch (const std::exception&) {  // the way that looks closer says what is wrong
    return nb::none();
  }
}

nb::object torch_backward(const TorchStates& states, handle grad_output, handle input, handle weight,
                          const nb::tuple& options, handle mask) {
  try {
    if (PyTuple_Size(options.ptr()) != 7 || is_watched(states)) return nb::none();
    if (!is_plain(states, grad_output) || !is_plain(states, input) || !is_plain(states, weight)) return nb::none();
    if (wants_graph(states, grad_output, input, weight)) return nb::none();
    const nb::object numerics = numerics_of(states, input);
    return convolve_backward(grad_output, input, weight, words_of(states, options, numerics), mask);
  } catch (const std::exception&) {  // as above
    return nb::none();
  }
}

TorchStates make_states(nb::object tensor, nb::object parameter, std::vector<nb::object> watching,
                        nb::object grad_is_enabled, nb::object thread_count, nb::object transforms_on_cpu,
                        nb::object numerics, nb::object prepares_weights) {
  return {.tensor = std::move(tensor),
          .parameter = std::move(parameter),
          .watching = std::move(watching),
          .grad_is_enabled = std::move(grad_is_enabled),
          .thread_count = std::move(thread_count),
          .transforms_on_cpu = std::move(transforms_on_cpu),
          .numerics = std::move(numerics),
          .prepares_weights = std::move(prepares_weights)};
}

}  // namespace

void bind_torch_gate(nb::module_& module) {
  nb::class_<TorchStates>(module, "TorchStates", "What torch_convolution() asks PyTorch.");
  module.def("torch_states", &make_states, nb::arg("tensor"), nb::arg("parameter"), nb::arg("watching"),
             nb::arg("grad_is_enabled"), nb::arg("thread_count"), nb::arg("transforms_on_cpu"), nb::arg("numerics"),
             nb::arg("prepares_weights"),
             nb::sig("def torch_states(tensor: type, parameter: type, watching: collections.abc.Sequence[typing.Any], "
                     "grad_is_enabled: typing.Any, thread_count: typing.Any, transforms_on_cpu: typing.Any, numerics: "
                     "typing.Any, prepares_weights: typing.Any) -> TorchStates"),
             "The types of plain tensors, functions of which one that answers truly watches calls, three more, one "
             "that says what the result of an input may differ by, and one that says whether weights are prepared on "
             "a CPU.");
  module.def("torch_convolution", &torch_convolution, nb::arg("states"), nb::arg("input").none(),
             nb::arg("weight").none(), nb::arg("bias").none(), nb::arg("options"), nb::arg("rank"),
             nb::arg("as_in_torch"),
             nb::sig("def torch_convolution(states: TorchStates, input: typing.Any, weight: typing.Any, bias: "
                     "typing.Any | None, options: tuple[typing.Any, ...], rank: int, as_in_torch: bool) -> typing.Any"),
             "A convolution of plain tensors that nothing watches; True if a graph is to be recorded for it; "
             "None for all others, wrong ones too.\n\nrank: of the spatial axes, 0 for any. as_in_torch: None also for "
             "what may mean something else to PyTorch.");
  module.def("torch_forward", &convolve_plain, nb::arg("states"), nb::arg("input").none(), nb::arg("weight").none(),
             nb::arg("bias").none(), nb::arg("options"), nb::arg("rank") = 0,
             nb::sig("def torch_forward(states: TorchStates, input: typing.Any, weight: typing.Any, bias: typing.Any | "
                     "None, options: tuple[typing.Any, ...], rank: int = 0) -> typing.Any"),
             "torch_convolution() where all that it asks has been answered. Raises what convolution() does.");
  module.def("torch_backward", &torch_backward, nb::arg("states"), nb::arg("grad_output").none(),
             nb::arg("input").none(), nb::arg("weight").none(), nb::arg("options"), nb::arg("mask"),
             nb::sig("def torch_backward(states: TorchStates, grad_output: typing.Any, input: typing.Any, weight: "
                     "typing.Any, options: tuple[typing.Any, ...], mask: tuple[bool, bool, bool]) -> typing.Any"),
             "The gradients of a convolution of plain tensors that nothing watches and no graph is wanted for; None "
             "for all others, wrong ones too.");
}

}  // namespace faltung::python
