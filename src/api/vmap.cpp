// Moves mapped axes to the front of operands.
#include <optional>

#include "api/gradients.h"

namespace faltung {
namespace {

class Mapper {
 public:
  Mapper(Mapped& mapped, const TensorView& input, const TensorView& weight)
      : mapped_(mapped), request_{mapped.function, input, weight, mapped.options, mapped.options.transposed} {}

  Factor operator()(const TensorView& view, const std::optional<int>& axis, const char* name) {
    if (!axis) return {view, false};
    request_.need(view.defined, "{} is left out, but its axis {} is mapped", name, *axis);
    const int rank = view.rank(), place = *axis < 0 ? *axis + rank : *axis;
    if (place < 0 || place >= rank)
      request_.refuse(fmt::format("{} has no axis {}; its shape is {}", name, *axis, to_text(view.sizes)));
    const std::int64_t extent = view.size(place);
    request_.need(extent >= 0, "{} has the negative extent {} along its mapped axis", name, extent);
    request_.need(!mapped_.any || extent == mapped_.extent,
                  "{} has extent {} along its mapped axis, another operand {}; mapped axes must agree", name, extent,
                  mapped_.extent);
    mapped_.extent = extent;
    mapped_.any = true;
    return {view.move_axis(place, 0), true};
  }

 private:
  Mapped& mapped_;
  Request request_;
};

Mapped map_forward(std::string_view function, const TensorView& input, const TensorView& weight, const TensorView& bias,
                   const MappedAxes& axes, const ConvOptions& options) {
  Mapped m{.function = function, .options = options};
  Mapper map(m, input, weight);
  m.input = map(input, axes.input, "input");
  m.weight = map(weight, axes.weight, "weight");
  m.bias = map(bias, axes.bias, "bias");
  return m;
}

Mapped map_backward(std::string_view function, const TensorView& grad_output, const TensorView& input,
                    const TensorView& weight, const MappedAxes& axes, const ConvOptions& options) {
  Mapped m{.function = function, .options = options};
  Mapper map(m, input, weight);
  m.input = map(input, axes.input, "input");
  m.weight = map(weight, axes.weight, "weight");
  m.grad_output = map(grad_output, axes.grad_output, "grad_output");
  return m;
}

Mapped map_double_backward(std::string_view function, const TensorView& gg_input, const TensorView& gg_weight,
                           const TensorView& gg_bias, const TensorView& grad_output, const TensorView& input,
                           const TensorView& weight, const MappedAxes& axes, const ConvOptions& options) {
  Mapped m = map_backward(function, grad_output, input, weight, axes, options);
  Mapper map(m, input, weight);
  m.gg_input = map(gg_input, axes.gg_input, "gg_input");
  m.gg_weight = map(gg_weight, axes.gg_weight, "gg_weight");
  m.gg_bias = map(gg_bias, axes.gg_bias, "gg_bias");
  return m;
}

}  // namespace

Tensor vmap_convolution(const TensorView& input, const TensorView& weight, const TensorView& bias,
                        const MappedAxes& axes, const ConvOptions& options, Context& context) {
  return mapped_forward(map_forward("vmap_convolution", input, weight, bias, axes, options), {}, context);
}

void vmap_convolution_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias, const MappedAxes& axes, const ConvOptions& options,
                          Context& context) {
  Request{"vmap_convolution_out", input, weight, options, options.transposed}.need(out.defined,
                                                                                   "out is left out; it is needed");
  mapped_forward(map_forward("vmap_convolution_out", input, weight, bias, axes, options), out, context);
}

Gradients vmap_convolution_backward(const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                                    const MappedAxes& axes, const ConvOptions& options, GradientMask mask,
                                    Context& context) {
  const Mapped m = map_backward("vmap_convolution_backward", grad_output, input, weight, axes, options);
  return mapped_backward(m, mask, {}, context);
}

void vmap_convolution_backward_out(const GradientViews& out, const TensorView& grad_output, const TensorView& input,
                                   const TensorView& weight, const MappedAxes& axes, const ConvOptions& options,
                                   Context& context) {
  const Mapped m = map_backward("vmap_convolution_backward_out", grad_output, input, weight, axes, options);
  mapped_backward(m, {out.input.defined, out.weight.defined, out.bias.defined}, out, context);
}

DoubleGradients vmap_convolution_double_backward(const TensorView& gg_input, const TensorView& gg_weight,
                                                 const TensorView& gg_bias, const TensorView& grad_output,
                                                 const TensorView& input, const TensorView& weight,
                                                 const MappedAxes& axes, const ConvOptions& options,
                                                 DoubleGradientMask mask, Context& context) {
  const Mapped m = map_double_backward("vmap_convolution_double_backward", gg_input, gg_weight, gg_bias, grad_output,
                                       input, weight, axes, options);
  return mapped_double_backward(m, mask, {}, context);
}

void vmap_convolution_double_backward_out(const DoubleGradientViews& out, const TensorView& gg_input,
                                          const TensorView& gg_weight, const TensorView& gg_bias,
                                          const TensorView& grad_output, const TensorView& input,
                                          const TensorView& weight, const MappedAxes& axes, const ConvOptions& options,
                                          Context& context) {
  const Mapped m = map_double_backward("vmap_convolution_double_backward_out", gg_input, gg_weight, gg_bias,
                                       grad_output, input, weight, axes, options);
  mapped_double_backward(m, {out.grad_output.defined, out.input.defined, out.weight.defined}, out, context);
}

}  // namespace faltung
