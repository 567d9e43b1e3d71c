#include "documentation.h"

#include <fmt/format.h>

namespace faltung::python {

namespace {

constexpr std::string_view numbers = "int | collections.abc.Sequence[int]";
constexpr std::string_view amounts =
    "int | collections.abc.Sequence[int] | collections.abc.Sequence[tuple[int, int]] | str";
constexpr std::string_view operands = "input: ArrayT, weight: typing.Any, bias: typing.Any | None = None";
constexpr std::string_view fused =
    "activation: str | None = None, z: typing.Any | None = None, alpha: float = 1.0, out: typing.Any | None = None";
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
      "0, groups: int = 1, *, padding_mode: str = 'zeros', {}, {}) -> ArrayT",
      operands, numbers, amounts, numbers, numbers, fused, settings);
}

const char* const conv_text = R"(Convolution, with the meaning of torch.nn.functional's function of that name.

    out = activation(sum over taps of input * weight + alpha * z + bias)
    extent of out = floor((in + low + high - dilation * (k - 1) - 1) / stride) + 1

input: (N, C, in...) or unbatched (C, in...); weight: (O, C / groups, k...); bias: (O); z and out: (N, O, out...).
All have one element type and lie on one device; their strides are free and nothing is copied to make them fit.
stride, dilation: one number for all spatial axes, or one for each, in elements.
padding: one number, one for each axis, a pair (low, high) for each axis (negative: crop), or a word: 'valid', 'same',
'same_lower', 'causal', 'full'. padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.
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
callers that record a graph of their own.)";

}  // namespace faltung::python
