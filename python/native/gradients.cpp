// Gradients of convolutions and their own gradients, of single problems and mapped over an axis.
#include "gradients.h"

#include "arguments/documentation.h"
#include "arguments/parameters.h"
#include "bindings.h"
#include "faltung/conv_gradients.h"
#include "known_calls.h"
#include "known_gradients.h"

namespace faltung::python {
namespace {

using nb::handle;

bool is_given(handle value) { return !value.is_none(); }

struct Backward {
  ArrayArgument grad_output, input, weight;
  ConvOptions options;
  MappedAxes axes;
  bool mapped = false;
  Context* context;

  Gradients compute(GradientMask mask) const {
    if (mapped)
      return vmap_convolution_backward(grad_output.view, input.view, weight.view, axes, options, mask, *context);
    return backward_as_known(grad_output.view, input.view, weight.view, options, mask, *context);
  }
  void compute_out(const GradientViews& out) const {
    if (mapped)
      return vmap_convolution_backward_out(out, grad_output.view, input.view, weight.view, axes, options, *context);
    convolution_backward_out(out, grad_output.view, input.view, weight.view, options, *context);
  }
};

struct DoubleBackward {
  Backward call;
  ArrayArgument gg_input, gg_weight, gg_bias;

  DoubleGradients compute(DoubleGradientMask mask) const {
    const auto& [grad_output, input, weight, options, axes, mapped, context] = call;
    if (mapped)
      return vmap_convolution_double_backward(gg_input.view, gg_weight.view, gg_bias.view, grad_output.view, input.view,
                                              weight.view, axes, options, mask, *context);
    return convolution_double_backward(gg_input.view, gg_weight.view, gg_bias.view, grad_output.view, input.view,
                                       weight.view, options, mask, *context);
  }
  void compute_out(const DoubleGradientViews& out) const {
    const auto& [grad_output, input, weight, options, axes, mapped, context] = call;
    if (mapped)
      return vmap_convolution_double_backward_out(out, gg_input.view, gg_weight.view, gg_bias.view, grad_output.view,
                                                  input.view, weight.view, axes, options, *context);
    convolution_double_backward_out(out, gg_input.view, gg_weight.view, gg_bias.view, grad_output.view, input.view,
                                    weight.view, options, *context);
  }
};

Backward read_backward(handle grad_output, handle input, handle weight, const Words& words, handle stream) {
  Backward call{.grad_output = read_array(grad_output, "grad_output")};
  void* const on = stream_of(call.grad_output, stream);
  call.input = read_array(input, "input", on);
  call.weight = read_array(weight, "weight", on);
  call.options = options_from(words, on);
  call.context = &context_of(call.grad_output.view.device);
  return call;
}

nb::object computed(const Backward& call, handle output_mask) {
  const auto [of_input, of_weight, of_bias] = mask_from(output_mask, "output_mask");
  const Gradients all = without_lock([&] { return call.compute({of_input, of_weight, of_bias}); });
  return as_kind_of(call.grad_output, call.options.stream, {all.input, all.weight, all.bias});
}

nb::object backward(handle grad_output, handle input, handle weight, handle stride, handle padding, handle dilation,
                    bool transposed, handle output_padding, handle groups, handle output_mask, handle padding_mode,
                    handle out, handle in_dims, handle policy, handle numerics, handle stream) {
  const Words words{stride, padding, dilation, groups, output_padding, transposed, padding_mode, policy, numerics};
  Backward call = read_backward(grad_output, input, weight, words, stream);
  const ForgetIfMeasured after{call.options.policy.effort};
  if (is_given(in_dims)) {
    const auto [of_grad_output, of_input, of_weight] = in_dims_from<3>(in_dims);
    call.axes = {.input = of_input, .weight = of_weight, .grad_output = of_grad_output};
    call.mapped = true;
  }
  if (is_given(out)) {
    const auto [to_input, to_weight, to_bias] = read_outs(out, call.options.stream);
    without_lock([&] { call.compute_out({to_input.view, to_weight.view, to_bias.view}); });
    return nb::borrow(out);
  }
  return computed(call, output_mask);
}

nb::object double_backward(handle gg_input, handle gg_weight, handle gg_bias, handle grad_output, handle input,
                           handle weight, handle stride, handle padding, handle dilation, bool transposed,
                           handle output_padding, handle groups, handle output_mask, handle padding_mode, handle out,
                           handle in_dims, handle policy, handle numerics, handle stream) {
  const Words words{stride, padding, dilation, groups, output_padding, transposed, padding_mode, policy, numerics};
  DoubleBackward call{read_backward(grad_output, input, weight, words, stream)};
  const ForgetIfMeasured after{call.call.options.policy.effort};
  void* const on = call.call.options.stream;
  call.gg_input = read_optional(gg_input, "gg_input", on);
  call.gg_weight = read_optional(gg_weight, "gg_weight", on);
  call.gg_bias = read_optional(gg_bias, "gg_bias", on);
  if (is_given(in_dims)) {
    const auto [of_gg_input, of_gg_weight, of_gg_bias, of_grad_output, of_input, of_weight] = in_dims_from<6>(in_dims);
    call.call.axes = {of_input, of_weight, std::nullopt, of_grad_output, of_gg_input, of_gg_weight, of_gg_bias};
    call.call.mapped = true;
  }
  if (is_given(out)) {
    const auto [to_grad_output, to_input, to_weight] = read_outs(out, on);
    without_lock([&] { call.compute_out({to_grad_output.view, to_input.view, to_weight.view}); });
    return nb::borrow(out);
  }
  const auto [of_grad_output, of_input, of_weight] = mask_from(output_mask, "output_mask");
  const DoubleGradients all = without_lock([&] { return call.compute({of_grad_output, of_input, of_weight}); });
  return as_kind_of(call.call.grad_output, on, {all.grad_output, all.input, all.weight});
}

auto needed(const char* name) { return nb::arg(name).none(); }
auto optional(const char* name) { return nb::arg(name).none() = nb::none(); }

}  // namespace

nb::object convolve_backward(handle grad_output, handle input, handle weight, const Words& words, handle output_mask) {
  return computed(read_backward(grad_output, input, weight, words, nb::none()), output_mask);
}

void bind_gradients(nb::module_& module) {
  const nb::tuple all = nb::make_tuple(true, true, true);
  module.def("convolution_backward", &backward, needed("grad_output"), needed("input"), needed("weight"),
             needed("stride") = 1, needed("padding") = 0, needed("dilation") = 1, nb::arg("transposed") = false,
             needed("output_padding") = 0, needed("groups") = 1, needed("output_mask") = all, nb::kw_only(),
             needed("padding_mode") = "zeros", optional("out"), optional("in_dims"), optional("policy"),
             optional("numerics"), optional("stream"), nb::sig(backward_signature().c_str()), backward_text);
  module.def("convolution_double_backward", &double_backward, needed("gg_input"), needed("gg_weight"),
             needed("gg_bias"), needed("grad_output"), needed("input"), needed("weight"), needed("stride") = 1,
             needed("padding") = 0, needed("dilation") = 1, nb::arg("transposed") = false, needed("output_padding") = 0,
             needed("groups") = 1, needed("output_mask") = all, nb::kw_only(), needed("padding_mode") = "zeros",
             optional("out"), optional("in_dims"), optional("policy"), optional("numerics"), optional("stream"),
             nb::sig(double_backward_signature().c_str()), double_backward_text);
}

}  // namespace faltung::python
