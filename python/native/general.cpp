#include "general.h"

#include <vector>

#include "arguments/errors.h"
#include "faltung/conv_gradients.h"

namespace faltung::python {
namespace {

bool is_all_ones(const Dims& values) {
  return std::all_of(values.begin(), values.end(), [](std::int64_t value) { return value == 1; });
}

TensorView flipped(TensorView view, int axis) {
  if (view.sizes[axis] > 0)
    view.data = view.as<std::byte>() +
                (view.sizes[axis] - 1) * view.strides[axis] * static_cast<std::int64_t>(size_of(view.dtype));
  view.strides[axis] = -view.strides[axis];
  return view;
}

// Axis `axis` becomes two, the first of extent `parts`.
TensorView split(TensorView view, int axis, std::int64_t parts) {
  const std::int64_t rest = view.sizes[axis] / parts;
  view.sizes[axis] = rest;
  view.sizes.insert(axis, parts);
  view.strides.insert(axis, rest * view.strides[axis]);
  return view;
}

std::int64_t extent_with_zeros(std::int64_t extent, std::int64_t dilation) {
  return extent == 0 ? 0 : (extent - 1) * dilation + 1;
}

// The input with zeros between its elements.
Tensor with_zeros(const TensorView& lhs, const Dims& dilation, const Execution& execution) {
  Dims sizes = lhs.sizes;
  for (int a = 0; a < dilation.size(); ++a) sizes[a + 2] = extent_with_zeros(sizes[a + 2], dilation[a]);
  Tensor dilated = Tensor::zeros(sizes, lhs.dtype, MemoryFormat::contiguous, lhs.device, execution);
  TensorView elements = dilated;
  elements.sizes = lhs.sizes;
  for (int a = 0; a < dilation.size(); ++a) elements.strides[a + 2] *= dilation[a];
  copy(lhs, elements, execution);
  return dilated;
}

// A transposed convolution puts the zeros in by itself: with the filter turned round, and its channels exchanged.
bool is_transposed_convolution(const GeneralConv& conv) {
  return conv.batch_groups == 1 && conv.options.groups == 1 && is_all_ones(conv.options.stride.values()) &&
         conv.lhs.numel() > 0;
}

GeneralConv as_transposed(GeneralConv conv) {
  std::vector<Sides> sides;
  for (int a = 0; a < conv.lhs_dilation.size(); ++a) {
    const std::int64_t reach = conv.options.dilation[a] * (conv.rhs.sizes[a + 2] - 1);
    sides.emplace_back(reach - conv.options.padding.low(a), reach - conv.options.padding.high(a));
    conv.rhs = flipped(conv.rhs, a + 2);
  }
  conv.rhs = conv.rhs.transpose(0, 1);
  conv.options.transposed = true;
  conv.options.padding = Padding(std::span<const Sides>(sides));
  conv.options.stride = PerAxis(std::span<const std::int64_t>(conv.lhs_dilation.begin(), conv.lhs_dilation.end()));
  return conv;
}

void check_batch_groups(const GeneralConv& conv) {
  const std::int64_t groups = conv.batch_groups;
  if (groups < 1) refuse("batch_group_count is {}; it is at least 1", groups);
  if (groups > 1 && conv.options.groups > 1) refuse("feature_group_count and batch_group_count are both above 1");
  if (conv.lhs.sizes[0] % groups != 0 || conv.rhs.sizes[0] % groups != 0)
    refuse("batch_group_count {} does not divide the {} images and the {} output channels", groups, conv.lhs.sizes[0],
           conv.rhs.sizes[0]);
}

// N, O, out…
Dims sizes_of(const GeneralConv& conv) {
  Dims input = conv.lhs.sizes;
  input[0] /= conv.batch_groups;
  return convolution_sizes(input, conv.rhs.sizes, conv.options);
}

void convolve_into(const TensorView& out, const GeneralConv& conv, Context& context) {
  if (conv.batch_groups == 1) return convolution_out(out, conv.lhs, conv.rhs, {}, conv.options, context);
  const MappedAxes axes{.input = 0, .weight = 0};
  const TensorView groups = split(out, 1, conv.batch_groups).move_axis(1, 0);
  vmap_convolution_out(groups, split(conv.lhs, 0, conv.batch_groups), split(conv.rhs, 0, conv.batch_groups), {}, axes,
                       conv.options, context);
}

Tensor convolve_dense(const GeneralConv& conv, Context& context) {
  const Dims sizes = sizes_of(conv);
  Dims in_memory = sizes;
  for (int axis = 0; axis < sizes.size(); ++axis) in_memory[static_cast<int>(conv.out_axes[axis])] = sizes[axis];
  const Stream stream{conv.lhs.device, conv.options.stream};
  Tensor result =
      Tensor::empty(in_memory, conv.lhs.dtype, MemoryFormat::contiguous, conv.lhs.device, Execution(stream));
  convolve_into(permuted(result, conv.out_axes), conv, context);
  return result;
}

}  // namespace

TensorView permuted(const TensorView& view, const Dims& axes) {
  TensorView result = view;
  for (int axis = 0; axis < axes.size(); ++axis) {
    result.sizes[axis] = view.sizes[static_cast<int>(axes[axis])];
    result.strides[axis] = view.strides[static_cast<int>(axes[axis])];
  }
  return result;
}

Tensor convolve(const GeneralConv& conv, Context& context) {
  check_batch_groups(conv);
  if (is_all_ones(conv.lhs_dilation)) return convolve_dense(conv, context);
  for (const std::int64_t dilation : conv.lhs_dilation)
    if (dilation < 1) refuse("lhs_dilation is {}; it is at least 1", dilation);
  if (is_transposed_convolution(conv)) return convolve_dense(as_transposed(conv), context);
  GeneralConv dilated = conv;
  const Stream stream{conv.lhs.device, conv.options.stream};
  const Tensor lhs = with_zeros(conv.lhs, conv.lhs_dilation, Execution(stream));
  dilated.lhs = lhs;
  return convolve_dense(dilated, context);
}

}  // namespace faltung::python
