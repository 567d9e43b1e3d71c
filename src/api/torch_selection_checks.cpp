// PyTorch's checks before it chooses a backend, and the view of the call on which it chooses.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/torch_selection_view.h"

namespace faltung::torch {
namespace {

Finding refused(std::string why) { return {false, std::move(why)}; }
Finding in_order() { return {true, "the arguments are in order"}; }

Dims batched(const TorchCall& call) {
  Dims input = call.input;
  if (input.size() + 1 == call.weight.size()) input.insert(0, 1);
  return input;
}

Dims per_axis(const Dims& values, int axes) { return values.size() == 1 ? Dims::filled(axes, values[0]) : values; }

bool any_below(const Dims& values, std::int64_t least) {
  return std::ranges::any_of(values, [least](std::int64_t value) { return value < least; });
}

Finding check_sizes(const TorchCall& call) {
  if (call.dtype >= DType::boolean) return refused("no convolution is defined on bool");
  if (call.weight.size() < 3)
    return refused(fmt::format("the weight has rank {}, at least 3 is needed", call.weight.size()));
  if (any_below(call.input, 0) || any_below(call.weight, 0)) return refused("a size is negative");
  if (batched(call).size() != call.weight.size()) {
    return refused(fmt::format("the input has rank {}, the weight {}", call.input.size(), call.weight.size()));
  }
  if (!product(call.input).fits() || !product(call.weight).fits()) return refused("a tensor's size leaves 64 bits");
  return in_order();
}

Finding check_list(std::string_view name, const Dims& values, int axes, std::int64_t least) {
  if (values.size() != 1 && values.size() != axes) {
    return refused(fmt::format("{} has {} values, 1 or {} are needed", name, values.size(), axes));
  }
  if (any_below(values, least)) return refused(fmt::format("{} is below {}", name, least));
  return in_order();
}

Finding check_lists(const TorchCall& call) {
  const int axes = call.weight.size() - 2;
  // PyTorch accepts dilation 0 here; whether the backend then fails varies.
  for (const Finding& finding :
       {check_list("padding", call.padding, axes, 0), check_list("output_padding", call.output_padding, axes, 0),
        check_list("stride", call.stride, axes, 1), check_list("dilation", call.dilation, axes, 0)}) {
    if (!finding.holds) return finding;
  }
  return in_order();
}

Finding check_channels(const TorchCall& call) {
  const std::int64_t channels = batched(call)[1];
  const Checked wanted = call.transposed ? Checked(call.weight[0]) : Checked(call.weight[1]) * call.groups;
  const Checked outputs = call.transposed ? Checked(call.weight[1]) * call.groups : Checked(call.weight[0]);
  if (call.groups <= 0) return refused(fmt::format("groups is {}", call.groups));
  if (call.weight[0] < call.groups) return refused("the weight has fewer rows than groups");
  if (call.weight[0] % call.groups != 0) return refused("groups does not divide the weight's rows");
  if (!wanted.fits() || !outputs.fits()) return refused("the number of channels leaves 64 bits");
  if (channels != wanted.value()) {
    return refused(fmt::format("the input has {} channels, the weight asks for {}", channels, wanted.value()));
  }
  if (call.bias && *call.bias != Dims{outputs.value()}) {
    return refused(fmt::format("the bias is not one-dimensional of length {}", outputs.value()));
  }
  return in_order();
}

Finding check_axis(const TorchCall& call, int axis) {
  const int axes = call.weight.size() - 2;
  const Checked twice = Checked(2) * per_axis(call.padding, axes)[axis];
  if (!twice.fits()) return refused("twice the padding leaves 64 bits");
  if (call.transposed) return in_order();
  const Checked padded = twice + batched(call)[axis + 2];
  const Checked reach = Checked(per_axis(call.dilation, axes)[axis]) * (Checked(call.weight[axis + 2]) - 1) + 1;
  if (!padded.fits() || !reach.fits()) return refused("a padded or dilated extent leaves 64 bits");
  if (padded.value() < reach.value()) {
    return refused(
        fmt::format("the kernel reaches over {} elements, the padded input has {}", reach.value(), padded.value()));
  }
  return in_order();
}

Dims with_axis(Dims values, bool add, int position, std::int64_t value) {
  if (add) values.insert(position, value);
  return values;
}

}  // namespace

Finding well_formed(const TorchCall& call) {
  for (auto check : {check_sizes, check_lists, check_channels}) {
    if (Finding finding = check(call); !finding.holds) return finding;
  }
  for (int axis = 0; axis < call.weight.size() - 2; ++axis) {
    if (Finding finding = check_axis(call, axis); !finding.holds) return finding;
  }
  return in_order();
}

View view_of(const TorchCall& call) {
  const int axes = call.weight.size() - 2;
  const bool one_d = axes == 1 && !call.mkldnn_tensor && call.device != "xpu";
  // A 1-d input is made contiguous first, so that a permuted one is never taken for channels-last.
  const bool may_be_last = axes > 1;
  return {.flags = call.flags,
          .device = call.device,
          .dtype = real_of(call.dtype),
          .input = with_axis(batched(call), one_d, 2, 1),
          .weight = with_axis(call.weight, one_d, 2, 1),
          .has_bias = call.bias.has_value(),
          .stride = with_axis(per_axis(call.stride, axes), one_d, 0, 1),
          .padding = with_axis(per_axis(call.padding, axes), one_d, 0, 0),
          .dilation = with_axis(per_axis(call.dilation, axes), one_d, 0, 1),
          .output_padding = with_axis(per_axis(call.output_padding, axes), one_d, 0, 0),
          .transposed = call.transposed,
          .groups = call.groups,
          .channels_last = may_be_last && (call.input_channels_last || call.weight_channels_last),
          .input_channels_last = may_be_last && call.input_channels_last,
          .weight_channels_last = may_be_last && call.weight_channels_last,
          .mkldnn_tensor = call.mkldnn_tensor,
          .needs_grad = call.needs_grad};
}

}  // namespace faltung::torch
