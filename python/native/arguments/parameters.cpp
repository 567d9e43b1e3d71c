#include "arguments/parameters.h"

#include <vector>

#include "arguments/errors.h"

namespace faltung::python {
namespace {

bool is_word(nb::handle value) { return PyUnicode_Check(value.ptr()); }
bool is_sequence(nb::handle value) {
  return PySequence_Check(value.ptr()) && !is_word(value) && !PyBytes_Check(value.ptr());
}

std::size_t length_of(nb::handle values, const char* name) {
  const Py_ssize_t length = PySequence_Size(values.ptr());
  if (length < 0) PyErr_Clear();
  if (length < 0 || length > max_rank)
    refuse("{} has {} values; one, or one for each spatial axis, is right", name, length);
  return static_cast<std::size_t>(length);
}

Padding pairs_from(nb::handle values) {
  std::vector<Sides> sides;
  for (std::size_t i = 0, count = length_of(values, "padding"); i < count; ++i) {
    const Dims pair = integers_from(values[i], "padding");
    if (pair.size() != 2) refuse("padding has {} amounts for an axis; a pair (low, high) is right", pair.size());
    sides.emplace_back(pair[0], pair[1]);
  }
  return Padding(std::span<const Sides>(sides));
}

}  // namespace

std::int64_t integer_from(nb::handle value, const char* name) {
  if (!PyIndex_Check(value.ptr())) refuse("{} is {}; an integer is needed", name, name_of_type(value));
  const nb::object index = PyLong_Check(value.ptr()) ? nb::borrow(value) : nb::steal(PyNumber_Index(value.ptr()));
  if (!index.is_valid()) nb::raise_python_error();
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0) refuse("{} does not fit into 64 bits", name);
  return number;
}

bool truth_from(nb::handle value, const char* name) {
  const int truth = PyObject_IsTrue(value.ptr());
  if (truth < 0) PyErr_Clear(), refuse("{} is {}; a truth value is needed", name, name_of_type(value));
  return truth == 1;
}

double number_from(nb::handle value, const char* name) {
  double number = 0;
  if (!nb::try_cast(value, number)) refuse("{} is {}; a number is needed", name, name_of_type(value));
  return number;
}

Dims integers_from(nb::handle values, const char* name) {
  if (!is_sequence(values)) refuse("{} is {}; a sequence of integers is needed", name, name_of_type(values));
  Dims dims;
  for (std::size_t i = 0, count = length_of(values, name); i < count; ++i) {
    const nb::object item = values[i];
    dims.push_back(integer_from(item, name));
  }
  return dims;
}

PerAxis per_axis_from(nb::handle value, const char* name) {
  if (PyLong_Check(value.ptr()) || !is_sequence(value)) return integer_from(value, name);
  const Dims values = integers_from(value, name);
  return PerAxis(std::span<const std::int64_t>(values.begin(), values.end()));
}

Padding padding_from(nb::handle value) {
  if (PyLong_Check(value.ptr())) return integer_from(value, "padding");
  if (is_word(value)) return Padding(word_from(value, "padding"));
  if (!is_sequence(value)) return integer_from(value, "padding");
  if (length_of(value, "padding") > 0) {
    const nb::object first = value[std::size_t{0}];
    if (is_sequence(first)) return pairs_from(value);
  }
  const Dims amounts = integers_from(value, "padding");
  return Padding(std::span<const std::int64_t>(amounts.begin(), amounts.end()));
}

std::string_view word_from(nb::handle value, const char* name) {
  if (!is_word(value)) refuse("{} is {}; a word is needed", name, name_of_type(value));
  Py_ssize_t length = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &length);
  if (!text) PyErr_Clear(), refuse("{} is no valid text", name);
  return {text, static_cast<std::size_t>(length)};
}

Border border_from(nb::handle value) {
  const std::string_view word = word_from(value, "padding_mode");
  const auto border = border_from_name(word);
  if (!border)
    refuse("padding_mode \"{}\" is unknown; there are zeros, reflect, replicate, circular and symmetric",
           word.substr(0, 32));
  return *border;
}

Activation activation_from(nb::handle value) {
  if (value.is_none()) return Activation::none;
  const std::string_view word = word_from(value, "activation");
  for (int i = 0; i <= static_cast<int>(Activation::gelu); ++i)
    if (word == name_of(static_cast<Activation>(i))) return static_cast<Activation>(i);
  refuse("activation \"{}\" is unknown; there are relu, relu6, sigmoid, tanh, silu and gelu", word.substr(0, 32));
}

}  // namespace faltung::python
