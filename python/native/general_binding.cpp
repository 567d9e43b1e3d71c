#include "arguments/call.h"
#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "arrays/results.h"
#include "bindings.h"
#include "general.h"
#include "known_calls.h"

namespace faltung::python {
namespace {

using nb::handle;

// Python has checked the numbers of axes.
nb::object convolution_by_axes(handle lhs, handle rhs, handle strides, handle padding, handle lhs_dilation,
                               handle rhs_dilation, handle lhs_axes, handle rhs_axes, handle out_axes, handle groups,
                               handle batch_groups, handle policy, handle numerics, handle stream) {
  const ArrayArgument left = read_array(lhs, "lhs");
  void* const on = stream_of(left, stream);
  const ArrayArgument right = read_array(rhs, "rhs", on);
  if (left.view.rank() < 3 || left.view.rank() != right.view.rank())
    refuse("lhs has {} axes and rhs {}; both have 3 to 5", left.view.rank(), right.view.rank());
  const Words words{.stride = strides,
                    .padding = padding,
                    .dilation = rhs_dilation,
                    .groups = groups,
                    .policy = policy,
                    .numerics = numerics};
  const GeneralConv conv{.lhs = permuted(left.view, integers_from(lhs_axes, "dimension_numbers")),
                         .rhs = permuted(right.view, integers_from(rhs_axes, "dimension_numbers")),
                         .lhs_dilation = integers_from(lhs_dilation, "lhs_dilation"),
                         .batch_groups = integer_from(batch_groups, "batch_group_count"),
                         .out_axes = integers_from(out_axes, "dimension_numbers"),
                         .options = options_from(words, on)};
  Context& context = context_of(left.view.device);
  const ForgetIfMeasured after{conv.options.policy.effort};
  return as_kind(without_lock([&] { return convolve(conv, context); }), *left.kind, on);
}

nb::tuple shape_of(handle array, const char* name) {
  nb::list shape;
  for (const std::int64_t extent : read_array(array, name).view.sizes) shape.append(extent);
  return nb::tuple(shape);
}

}  // namespace

void bind_general(nb::module_& module) {
  const auto none = [](const char* name) { return nb::arg(name).none(); };
  module.def(
      "convolution_by_axes", &convolution_by_axes, none("lhs"), none("rhs"), none("strides"), none("padding"),
      none("lhs_dilation"), none("rhs_dilation"), none("lhs_axes"), none("rhs_axes"), none("out_axes"), none("groups"),
      none("batch_groups"), none("policy"), none("numerics"), none("stream"),
      nb::sig("def convolution_by_axes(lhs: ArrayT, rhs: typing.Any, strides: collections.abc.Sequence[int], padding: "
              "collections.abc.Sequence[tuple[int, int]], lhs_dilation: collections.abc.Sequence[int], rhs_dilation: "
              "collections.abc.Sequence[int], lhs_axes: collections.abc.Sequence[int], rhs_axes: "
              "collections.abc.Sequence[int], out_axes: collections.abc.Sequence[int], groups: int, batch_groups: int, "
              "policy: Policy | None, numerics: Numerics | None, stream: int | None) -> ArrayT"),
      "What conv_general() is, with the axes as numbers.");
  module.def("shape_of", &shape_of, none("array"), nb::arg("name"),
             nb::sig("def shape_of(array: typing.Any, name: str) -> tuple[int, ...]"),
             "The extents of an array of any kind.");
}

}  // namespace faltung::python
