"""conv1d … conv_transpose3d with the signatures of torch.nn.functional's."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from faltung.torch import gate

Numbers = int | Sequence[int]
Padding = int | Sequence[int] | Sequence[tuple[int, int]] | str


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
    return gate.convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode), 1)


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
    return gate.convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode), 2)


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
    return gate.convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode), 3)


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
    return gate.convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"), 1)


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
    return gate.convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"), 2)


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
    return gate.convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"), 3)
