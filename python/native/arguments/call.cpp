#include "arguments/call.h"

#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "arguments/settings.h"
#include "arrays/results.h"

namespace faltung::python {

ConvOptions options_from(const Words& words, void* stream) {
  ConvOptions options;
  options.stride = per_axis_from(words.stride, "stride");
  options.padding = padding_from(words.padding);
  options.dilation = per_axis_from(words.dilation, "dilation");
  options.groups = integer_from(words.groups, "groups");
  if (words.output_padding.is_valid()) options.output_padding = per_axis_from(words.output_padding, "output_padding");
  options.transposed = words.transposed;
  if (words.padding_mode.is_valid()) options.padding_mode = border_from(words.padding_mode);
  options.policy.threads = words.threads;
  if (!words.policy.is_none()) options.policy = policy_from(words.policy);
  if (!words.numerics.is_none()) options.numerics = numerics_from(words.numerics);
  options.stream = stream;
  return options;
}

Words words_of(const nb::tuple& options) {
  if (PyTuple_Size(options.ptr()) != 7) refuse("options has {} entries; it needs 7", PyTuple_Size(options.ptr()));
  const auto option = [&](Py_ssize_t index) { return nb::handle(PyTuple_GetItem(options.ptr(), index)); };
  return {.stride = option(0),
          .padding = option(1),
          .dilation = option(2),
          .groups = option(5),
          .output_padding = option(4),
          .transposed = option(3).is(nb::handle(Py_True)),
          .padding_mode = option(6),
          .policy = nb::none(),
          .numerics = nb::none()};
}

std::array<bool, 3> mask_from(nb::handle values, const char* name) {
  if (!PySequence_Check(values.ptr()) || nb::len(values) != 3) refuse("{} is no sequence of three truth values", name);
  std::array<bool, 3> mask;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const nb::object value = values[i];
    mask[i] = truth_from(value, name);
  }
  return mask;
}

void in_dims_from(nb::handle values, std::span<std::optional<int>> axes) {
  const bool one = PyIndex_Check(values.ptr());
  if (!one && (!PySequence_Check(values.ptr()) || nb::len(values) != axes.size()))
    refuse("in_dims has no number or None for each of the {} operands", axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const nb::object value = one ? nb::borrow(values) : nb::object(values[i]);
    if (value.is_none()) continue;
    const std::int64_t axis = integer_from(value, "in_dims");
    if (axis < -max_rank || axis >= max_rank) refuse("in_dims has the axis {}, which no operand has", axis);
    axes[i] = static_cast<int>(axis);
  }
}

std::array<ArrayArgument, 3> read_outs(nb::handle outs, void* stream) {
  if (!PySequence_Check(outs.ptr()) || nb::len(outs) != 3) refuse("out is no sequence of three arrays or None");
  std::array<ArrayArgument, 3> read;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const nb::object out = outs[i];
    if (!out.is_none()) read[i] = read_out(out, "out", stream);
  }
  return read;
}

nb::object as_kind_of(const ArrayArgument& like, void* stream, const std::array<Tensor, 3>& results) {
  const auto convert = [&](const Tensor& tensor) { return as_kind(tensor, *like.kind, stream); };
  return nb::make_tuple(convert(results[0]), convert(results[1]), convert(results[2]));
}

}  // namespace faltung::python
