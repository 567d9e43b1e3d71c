"""The shapes and strides of results, worked out without running anything: of tensors that have no memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from faltung.torch.options import Options


def output_shape(input: Tensor, weight: Tensor, options: Options) -> list[Any]:
    """Of a convolution with written-out options. Raises ValueError where there is none."""
    stride, pads, dilation, transposed, output_padding, groups, _ = options
    rank = weight.dim() - 2
    if input.dim() - rank not in (1, 2):
        raise ValueError(f"input has {input.dim()} axes; a weight of {weight.dim()} needs {rank + 1} or {rank + 2}")
    first = input.dim() - rank
    channels = weight.shape[0] if transposed else weight.shape[1] * groups
    if input.shape[first - 1] != channels:
        raise ValueError(f"weight is for {channels} input channels, but input has {input.shape[first - 1]}")
    extents = []
    for a, (extent, taps) in enumerate(zip(input.shape[first:], weight.shape[2:])):
        both, reach = pads[2 * a] + pads[2 * a + 1], dilation[a] * (taps - 1) + 1
        if transposed:
            extents.append((extent - 1) * stride[a] - both + reach + output_padding[a])
        else:
            extents.append((extent + both - reach) // stride[a] + 1)
        if extents[a] < 1:
            raise ValueError(f"the output would have extent {extents[a]} in spatial axis {a}; it must be at least 1")
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    return [*input.shape[: first - 1], outputs, *extents]


def channels_are_last(tensor: Tensor) -> bool:
    """In memory, for three to five axes: torch knows of four and five only."""
    rank = tensor.dim()
    if rank < 3 or tensor.stride(1) == 0:
        return False
    least: Any = 0
    for axis in (1, *range(rank - 1, 1, -1), 0):
        if tensor.shape[axis] == 0 or tensor.stride(axis) < least:
            return False
        if axis == 0 and least == tensor.stride(1):
            return False
        least = tensor.stride(axis) * max(tensor.shape[axis], 1)
    return True


def result_is_channels_last(input: Tensor, weight: Tensor) -> bool:
    """What all results of a call with these operands are: channels-last where one of these is, but for 64-bit numbers."""
    if input.dtype.itemsize // (2 if input.is_complex() else 1) == 8:
        return False
    batched = input if input.dim() == weight.dim() else input.unsqueeze(0)
    return channels_are_last(batched) or channels_are_last(weight)


def dense(like: Tensor, shape: Sequence[Any], channels_last: bool, batched: bool = True) -> Tensor:
    whole = list(shape) if batched else [1, *shape]
    order = (1, *range(len(whole) - 1, 1, -1), 0) if channels_last else range(len(whole) - 1, -1, -1)
    strides: list[Any] = [0] * len(whole)
    stride: Any = 1
    for axis in order:
        strides[axis] = stride
        stride = stride * max(whole[axis], 1)
    first = 0 if batched else 1
    return like.new_empty_strided(whole[first:], strides[first:])
