// Gradients of convolutions, their own gradients, and all of them mapped over an extra axis (vmap).
#pragma once

#include <optional>

#include "faltung/conv.h"

#pragma GCC visibility push(default)
namespace faltung {

struct GradientMask {
  bool input = true, weight = true, bias = true;
};

// Undefined if excluded by the mask.
struct Gradients {
  Tensor input, weight, bias;
};
struct GradientViews {
  TensorView input{}, weight{}, bias{};
};

// The gradients of a loss by input, weight and bias, given its gradient by the output, which has the output's shape.
// For complex types in PyTorch's convention: data gradients with conj(weight), weight gradients with conj(input).
// grad_bias is the sum of grad_output over all axes but the channels. An operand of which only the extents are needed
// under the mask (the input for grad_input, the weight for grad_weight) may have null data.
Gradients convolution_backward(const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                               const ConvOptions& options = {}, GradientMask mask = {},
                               Context& context = default_context());
// Computes those gradients whose view is defined.
void convolution_backward_out(const GradientViews& out, const TensorView& grad_output, const TensorView& input,
                              const TensorView& weight, const ConvOptions& options = {},
                              Context& context = default_context());

struct DoubleGradientMask {
  bool grad_output = true, input = true, weight = true;
};
struct DoubleGradients {
  Tensor grad_output, input, weight;
};
struct DoubleGradientViews {
  TensorView grad_output{}, input{}, weight{};
};

// The gradients of convolution_backward: gg_input, gg_weight, gg_bias are a loss's gradients by its three results, each
// may be left out with {}. With conj() for complex types:
//
//     grad_output = conv(gg_input, weight) + conv(input, gg_weight) + gg_bias
//     input       = data gradient(conj gg_weight, grad_output)        weight = weight gradient(conj gg_input,
//     grad_output)
//
// Sums are rounded once. A result that nothing contributes to is zero.
DoubleGradients convolution_double_backward(const TensorView& gg_input, const TensorView& gg_weight,
                                            const TensorView& gg_bias, const TensorView& grad_output,
                                            const TensorView& input, const TensorView& weight,
                                            const ConvOptions& options = {}, DoubleGradientMask mask = {},
                                            Context& context = default_context());
void convolution_double_backward_out(const DoubleGradientViews& out, const TensorView& gg_input,
                                     const TensorView& gg_weight, const TensorView& gg_bias,
                                     const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                                     const ConvOptions& options = {}, Context& context = default_context());

// The mapped axis of an operand, counted in the operand as given, negative from the end; nothing: the operand is the
// same for all. All mapped axes have the same extent. One value may serve all
// functions: axes of operands that a function does not take are not looked at.
struct MappedAxes {
  std::optional<int> input{}, weight{}, bias{}, grad_output{}, gg_input{}, gg_weight{}, gg_bias{};
};

// The functions above for every index of the mapped axis at once, as one problem each, not a loop. Results are stacked
// at axis 0; they may be strided, and one that depends on no mapped operand is repeated without a copy (stride 0). With
// nothing mapped they are the plain results.
Tensor vmap_convolution(const TensorView& input, const TensorView& weight, const TensorView& bias,
                        const MappedAxes& axes, const ConvOptions& options = {}, Context& context = default_context());
void vmap_convolution_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias, const MappedAxes& axes, const ConvOptions& options = {},
                          Context& context = default_context());
Gradients vmap_convolution_backward(const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                                    const MappedAxes& axes, const ConvOptions& options = {}, GradientMask mask = {},
                                    Context& context = default_context());
void vmap_convolution_backward_out(const GradientViews& out, const TensorView& grad_output, const TensorView& input,
                                   const TensorView& weight, const MappedAxes& axes, const ConvOptions& options = {},
                                   Context& context = default_context());
DoubleGradients vmap_convolution_double_backward(const TensorView& gg_input, const TensorView& gg_weight,
                                                 const TensorView& gg_bias, const TensorView& grad_output,
                                                 const TensorView& input, const TensorView& weight,
                                                 const MappedAxes& axes, const ConvOptions& options = {},
                                                 DoubleGradientMask mask = {}, Context& context = default_context());
void vmap_convolution_double_backward_out(const DoubleGradientViews& out, const TensorView& gg_input,
                                          const TensorView& gg_weight, const TensorView& gg_bias,
                                          const TensorView& grad_output, const TensorView& input,
                                          const TensorView& weight, const MappedAxes& axes,
                                          const ConvOptions& options = {}, Context& context = default_context());

}  // namespace faltung
#pragma GCC visibility pop
