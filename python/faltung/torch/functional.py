"""conv1d … conv_transpose3d with the signatures of torch.nn.functional's."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from faltung.torch import gate

Numbers = int | Sequence[int]
Padding = int | Sequence[int] | Sequence[tuple[int, int]] | str


def check_rank(name: str, weight: Tensor, rank: int) -> None:
    if weight.dim() != rank + 2:
        raise ValueError(f"{name}: weight has {weight.dim()} axes; a convolution over {rank} axes needs {rank + 2}")


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
) -> Tensor:
    """A convolution (cross-correlation) of input (N, C, W) or (C, W) with weight (O, C / groups, K), plus bias (O).

    Meaning, gradients and result's layout are those of torch.nn.functional.conv1d. Besides its words for padding there are
    'same_lower', 'causal' and 'full', a pair (low, high) for each axis, and a padding_mode: 'reflect', 'replicate', 'circular'
    or 'symmetric'.
    Raises ValueError for what is no convolution, faltung.UnsupportedError if no engine can.
    """
    check_rank("conv1d", weight, 1)
    return gate.convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode))


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
) -> Tensor:
    """As conv1d, over 2 axes: input (N, C, H, W), weight (O, C / groups, K, K)."""
    check_rank("conv2d", weight, 2)
    return gate.convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode))


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
) -> Tensor:
    """As conv1d, over 3 axes: input (N, C, D, H, W), weight (O, C / groups, K, K, K)."""
    check_rank("conv3d", weight, 3)
    return gate.convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode))


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Tensor:
    """A transposed convolution of input (N, C, W) or (C, W) with weight (C, O / groups, K), plus bias (O).

    As torch.nn.functional.conv_transpose1d, groups before dilation; words for padding give W * stride. Raises as conv1d does.
    """
    check_rank("conv_transpose1d", weight, 1)
    return gate.convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"))


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Tensor:
    """As conv_transpose1d, over 2 axes: input (N, C, H, W), weight (C, O / groups, K, K)."""
    check_rank("conv_transpose2d", weight, 2)
    return gate.convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"))


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Tensor:
    """As conv_transpose1d, over 3 axes: input (N, C, D, H, W), weight (C, O / groups, K, K, K)."""
    check_rank("conv_transpose3d", weight, 3)
    return gate.convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"))
