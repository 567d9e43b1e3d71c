#include "arguments/documentation.h"

#include <fmt/format.h>

namespace faltung::python {

namespace {

constexpr std::string_view numbers = "int | collections.abc.Sequence[int]";
constexpr std::string_view amounts =
    "int | collections.abc.Sequence[int] | collections.abc.Sequence[tuple[int, int]] | str";
constexpr std::string_view operands = "input: ArrayT, weight: typing.Any, bias: typing.Any | None = None";
constexpr std::string_view fused =
    "activation: str | None = None, z: typing.Any | None = None, alpha: float = 1.0, out: typing.Any | None = None";
constexpr std::string_view mapped = "in_dims: int | collections.abc.Sequence[int | None] | None = None";
constexpr std::string_view settings =
    "policy: Policy | None = None, numerics: Numerics | None = None, stream: int | None = None";

}  // namespace

std::string conv_signature(std::string_view name) {
  return fmt::format(
      "def {}({}, stride: {} = 1, padding: {} = 0, dilation: {} = 1, groups: int = 1, *, padding_mode: str = 'zeros', "
      "{}, "
      "{}) -> ArrayT",
      name, operands, numbers, amounts, numbers, fused, settings);
}

std::string conv_transpose_signature(std::string_view name) {
  return fmt::format(
      "def {}({}, stride: {} = 1, padding: {} = 0, output_padding: {} = 0, groups: int = 1, dilation: {} = 1, *, {}, "
      "{}) -> "
      "ArrayT",
      name, operands, numbers, amounts, numbers, numbers, fused, settings);
}

std::string convolution_signature() {
  return fmt::format(
      "def convolution({}, stride: {} = 1, padding: {} = 0, dilation: {} = 1, transposed: bool = False, "
      "output_padding: {} = "
      "0, groups: int = 1, *, padding_mode: str = 'zeros', {}, {}, {}) -> ArrayT",
      operands, numbers, amounts, numbers, numbers, fused, mapped, settings);
}

std::string quantized_signature() {
  return fmt::format(
      "def convolution_quantized({}, stride: {} = 1, padding: {} = 0, dilation: {} = 1, groups: int = 1, *, scale: "
      "typing.Any | None = None, weight_zero: typing.Any | None = None, input_zero: int = 0, output_zero: int = 0, "
      "output: str = 'int8', activation: str | None = None, padding_mode: str = 'zeros', out: typing.Any | None = "
      "None, {}) -> ArrayT",
      operands, numbers, amounts, numbers, settings);
}

namespace {

std::string gradient_signature(std::string_view name, std::string_view given) {
  return fmt::format(
      "def {}({}, stride: {} = 1, padding: {} = 0, dilation: {} = 1, transposed: bool = False, output_padding: {} = 0, "
      "groups: "
      "int = 1, output_mask: collections.abc.Sequence[bool] = (True, True, True), *, padding_mode: str = 'zeros', out: "
      "collections.abc.Sequence[typing.Any | None] | None = None, {}, {}) -> tuple[ArrayT | None, ArrayT | None, "
      "ArrayT | "
      "None]",
      name, given, numbers, amounts, numbers, numbers, mapped, settings);
}

}  // namespace

std::string backward_signature() {
  return gradient_signature("convolution_backward", "grad_output: ArrayT, input: typing.Any, weight: typing.Any");
}

std::string double_backward_signature() {
  return gradient_signature("convolution_double_backward",
                            "gg_input: typing.Any | None, gg_weight: typing.Any | None, gg_bias: typing.Any | None, "
                            "grad_output: ArrayT, input: typing.Any, weight: typing.Any");
}

std::string problem_signature() {
  return fmt::format(
      "def problem({}, stride: {} = 1, padding: {} = 0, dilation: {} = 1, transposed: bool = False, output_padding: {} "
      "= 0, "
      "groups: int = 1, *, padding_mode: str = 'zeros', activation: str | None = None, add: bool = False, wanted: str "
      "= "
      "'output', constant_weights: bool = False, numerics: Numerics | None = None) -> str",
      operands, numbers, amounts, numbers, numbers);
}

const char* const conv_text = R"(Convolution, with the meaning of torch.nn.functional's function of that name.

    out = activation(sum over taps of input * weight + alpha * z + bias)
    extent of out = floor((in + low + high - dilation * (k - 1) - 1) / stride) + 1

input: (N, C, in...) or unbatched (C, in...); weight: (O, C / groups, k...); bias: (O); z and out: (N, O, out...).
All have one element type and lie on one device; their strides are free and nothing is copied to make them fit.
stride, dilation: one number for all spatial axes, or one for each, in elements.
padding: one number, one for each axis, a pair (low, high) for each axis (negative: crop), or a word: 'valid', 'same',
'same_lower', 'causal', 'full'. padding_mode: 'zeros', 'reflect', 'replicate', 'circular' or 'symmetric'.
activation: None, 'relu', 'relu6', 'sigmoid', 'tanh', 'silu' or 'gelu', applied before the result is rounded.
out: written instead of a new array, and returned; on the CPU it may be z itself.
stream: address of the CUDA stream to work on, where the array's library does not say it.

Returns an array of input's kind, on its device. Raises ValueError for arguments that mean no convolution,
UnsupportedError, with the table of reasons, if no engine can.

Formula: torch.nn.Conv2d's documentation; https://arxiv.org/abs/1603.07285 for the extents.)";

const char* const conv_transpose_text =
    R"(Transposed convolution, with the meaning of torch.nn.functional's function of that name.

The adjoint of a convolution: each input element adds input * weight to the outputs that it would be computed from.

    extent of out = (in - 1) * stride - low - high + dilation * (k - 1) + 1 + output_padding

input: (N, C, in...) or unbatched (C, in...); weight: (C, O / groups, k...); bias: (O); z and out: (N, O, out...).
output_padding: added to the extent of out at its end, less than stride or dilation. Everything else as in conv2d;
the words of padding give out = in * stride for 'same', 'same_lower' and 'causal'.

Returns an array of input's kind, on its device. Raises ValueError for arguments that mean no convolution,
UnsupportedError, with the table of reasons, if no engine can.

Formula: torch.nn.ConvTranspose2d's documentation; https://arxiv.org/abs/1603.07285 for the extents.)";

const char* const convolution_text =
    R"(conv1d ... conv3d by the rank of weight, or with transposed=True conv_transpose1d ... conv_transpose3d.

The order of arguments is that of torch.convolution. A PyTorch tensor that requires a gradient is taken as it is: for
callers that record a graph of their own.

in_dims: the axis over which input, weight and bias are mapped (one number for all, or a number or None for each): the
function for every index of it, as one problem and not a loop. Results are stacked at axis 0.)";

const char* const quantized_text =
    R"(A convolution of integers of 8 bits that stand for real numbers: ONNX's QLinearConv and ConvInteger.

input, weight: int8 or uint8; bias: int32, in the units of the sums. Distances from the zero points are multiplied and
summed in int32; padding stands for zero. Then, by `output`:

    'int32'           sum + bias
    'float32'         (sum + bias) * scale
    'int8', 'uint8'   saturate(round((sum + bias) * scale) + output_zero), ties to even

scale: float32, s_input * s_weight / s_output, one or one for each output channel; weight_zero likewise. activation: 'relu'
or None. The other arguments are those of conv2d, and so are the exceptions.

Source: https://onnx.ai/onnx/operators/onnx__QLinearConv.html.)";

const char* const backward_text = R"(Gradients of a loss by input, weight and bias, given its gradient by the output.

grad_output: (N, O, out...); input and weight as in the convolution, whose other arguments are repeated here.
output_mask: which of the three are wanted. out: three arrays or None instead; those given are written.
in_dims: the axes over which grad_output, input and weight are mapped, as in convolution(); results are stacked at axis 0.

    grad_input  = transposed convolution of grad_output with weight
    grad_weight = sum over images of grad_output * input
    grad_bias   = sum of grad_output over all axes but the channels

Complex numbers follow PyTorch: with the conjugates of weight and input. Returns (grad_input, grad_weight, grad_bias),
None for those that are not wanted, of grad_output's kind. Raises ValueError and UnsupportedError as conv2d does.

Source: torch.ops.aten.convolution_backward; https://arxiv.org/abs/1603.07285.)";

const char* const double_backward_text = R"(The gradients of convolution_backward.

gg_input, gg_weight, gg_bias: a loss's gradients by its three results, shaped as those; None for none.
output_mask: which of the results, by grad_output, input and weight, are wanted. out: three arrays or None instead.
in_dims: the axes over which the six arrays are mapped, in the order of the arguments.

    by grad_output = conv(gg_input, weight) + conv(input, gg_weight) + gg_bias
    by input       = data gradient(gg_weight, grad_output)
    by weight      = weight gradient(gg_input, grad_output)

Returns those three, None for those that are not wanted; one that nothing contributes to is zero. Sums are rounded once.
Raises ValueError and UnsupportedError as conv2d does.

Formula: the derivative of the three above; PyTorch's _convolution_double_backward has the same meaning.)";

const char* const problem_text = R"(The problem, as text, that a call of convolution() with these arguments is.

For compile(), explain() and tune(), the program faltung, and files of problems. Of the arrays only the shapes, types and
strides matter. wanted: 'output', or the gradient 'grad_input' or 'grad_weight'. add: a z is added. constant_weights: the
weights stay the same from run to run, and are prepared once. Raises ValueError as convolution() does.)";

}  // namespace faltung::python
