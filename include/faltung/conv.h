// The words of PyTorch: convolutions and their gradients on tensors. The formulas are those of torch.nn.functional.
//
// Shapes, with rank 1 to 3 spatial axes: input (N, C, in…) or unbatched (C, in…); weight (O, C/groups, k…), transposed
// (C, O/groups, k…); bias (O), left out with {}; output (N, O, out…), unbatched if the input is.
//
//     out = floor((in + low + high − d(k−1) − 1) / s) + 1
//     out = (in−1)s − low − high + d(k−1) + 1 + output_padding       transposed
//
// All operands have one type and lie on the context's device. Strides are free: nothing is copied to make a layout fit;
// a new tensor is channels-last where input or weight suggests it (and they are not of 64-bit floats), else contiguous.
//
// Every function throws Error: InvalidArgument before anything is allocated or written if the call means nothing,
// Unsupported if no engine can, and what the engine throws. An `_out` form writes into the caller's view instead of a
// new tensor: it has the result's shape and type, no element twice, and no memory in common with an operand, but
// may be z itself, element by element.
#pragma once

#include "faltung/conv_options.h"
#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

Tensor conv1d(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
              const ConvOptions& options = {}, Context& context = default_context());
Tensor conv2d(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
              const ConvOptions& options = {}, Context& context = default_context());
Tensor conv3d(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
              const ConvOptions& options = {}, Context& context = default_context());
Tensor conv_transpose1d(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                        const ConvOptions& options = {}, Context& context = default_context());
Tensor conv_transpose2d(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                        const ConvOptions& options = {}, Context& context = default_context());
Tensor conv_transpose3d(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                        const ConvOptions& options = {}, Context& context = default_context());
// The rank follows from the weight, the kind from options.transposed.
Tensor convolution(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                   const ConvOptions& options = {}, Context& context = default_context());

void conv1d_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                const ConvOptions& options = {}, Context& context = default_context());
void conv2d_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                const ConvOptions& options = {}, Context& context = default_context());
void conv3d_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                const ConvOptions& options = {}, Context& context = default_context());
void conv_transpose1d_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias = {}, const ConvOptions& options = {},
                          Context& context = default_context());
void conv_transpose2d_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias = {}, const ConvOptions& options = {},
                          Context& context = default_context());
void conv_transpose3d_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias = {}, const ConvOptions& options = {},
                          Context& context = default_context());
void convolution_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                     const TensorView& bias = {}, const ConvOptions& options = {},
                     Context& context = default_context());

// The epilogue, applied before the result is rounded and stored: activation(result + alpha · z + bias). z has the
// output's shape and the operands' type, or is left out; then alpha is 0 or 1. Complex results take Activation::none,
// integers also relu and relu6, and as alpha a whole number that their accumulator holds.
struct Fusion {
  TensorView z{};
  double alpha = 1.0;
  Activation activation = Activation::none;
};
Tensor convolution_fused(const TensorView& input, const TensorView& weight, const TensorView& bias,
                         const Fusion& fusion, const ConvOptions& options = {}, Context& context = default_context());
void convolution_fused_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                           const TensorView& bias, const Fusion& fusion, const ConvOptions& options = {},
                           Context& context = default_context());
// relu(convolution + bias)
Tensor convolution_relu(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                        const ConvOptions& options = {}, Context& context = default_context());
// relu(convolution + alpha · z + bias)
Tensor convolution_add_relu(const TensorView& input, const TensorView& weight, const TensorView& z, double alpha = 1.0,
                            const TensorView& bias = {}, const ConvOptions& options = {},
                            Context& context = default_context());

// The extents of the output. Checks extents and options completely, without any data.
Dims convolution_sizes(const Dims& input, const Dims& weight, const ConvOptions& options = {});

// The problem that a call results in, for explain(), compile() and tune(). The views' data may be null.
enum class Wanted : std::uint8_t { output, grad_input, grad_weight };
ConvProblem convolution_problem(const TensorView& input, const TensorView& weight, const TensorView& bias = {},
                                const ConvOptions& options = {}, Wanted wanted = Wanted::output);

}  // namespace faltung
#pragma GCC visibility pop
