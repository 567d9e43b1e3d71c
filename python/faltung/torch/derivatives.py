"""Derivatives of derivatives, in terms of a convolution and of its gradients.

`Forward` and `backward` are whatever can be differentiated again where these are used: operators, or functions that record a
graph. T(x, w, y) is linear in each of the three, so every derivative is a sum of the same two functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from faltung.torch.kernels import Mask, Three
from faltung.torch.options import Options

Forward = Callable[[Tensor, Tensor, "Tensor | None", Options], Tensor]
Backward = Callable[[Tensor, Tensor, Tensor, Options, Mask], Three]


def add(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return b if a is None else a if b is None else a + b


def sum_for_bias(grad_output: Tensor, weight: Tensor) -> Tensor:
    """Over all axes but the channels."""
    channels = grad_output.dim() - weight.dim() + 1
    axes = [axis for axis in range(grad_output.dim()) if axis != channels]
    return grad_output.sum(axes)


def along_channels(bias: Tensor, weight: Tensor) -> Tensor:
    return bias.reshape(-1, *[1] * (weight.dim() - 2))


class Passes:
    """The two gradients of one convolution, each alone; of no operand, none."""

    def __init__(self, forward: Forward, backward: Backward, input: Tensor, weight: Tensor, options: Options) -> None:
        self.call, self.call_backward = forward, backward
        self.input, self.weight, self.options = input, weight, options

    def output(self, input: Tensor | None, weight: Tensor | None, bias: Tensor | None = None) -> Tensor | None:
        return None if input is None or weight is None else self.call(input, weight, bias, self.options)

    def by_input(self, grad_output: Tensor | None, weight: Tensor | None) -> Tensor | None:
        if grad_output is None or weight is None:
            return None
        return self.call_backward(grad_output, self.input, weight, self.options, (True, False, False))[0]

    def by_weight(self, grad_output: Tensor | None, input: Tensor | None) -> Tensor | None:
        if grad_output is None or input is None:
            return None
        return self.call_backward(grad_output, input, self.weight, self.options, (False, True, False))[1]


def double_backward(
    passes: Passes, gg_input: Tensor | None, gg_weight: Tensor | None, gg_bias: Tensor | None, grad_output: Tensor, mask: Mask
) -> Three:
    by_grad = by_input = by_weight = None
    if mask[0]:
        by_grad = passes.output(gg_input, passes.weight, gg_bias)
        by_grad = add(by_grad, passes.output(passes.input, gg_weight, None if by_grad is not None else gg_bias))
        if by_grad is None:
            by_grad = torch.zeros_like(grad_output)
            by_grad = by_grad if gg_bias is None else by_grad + along_channels(gg_bias, passes.weight)
    if mask[1]:
        by_input = passes.by_input(grad_output, gg_weight)
        by_input = torch.zeros_like(passes.input) if by_input is None else by_input
    if mask[2]:
        by_weight = passes.by_weight(grad_output, gg_input)
        by_weight = torch.zeros_like(passes.weight) if by_weight is None else by_weight
    return by_grad, by_input, by_weight


def triple_backward(
    passes: Passes, cotangents: Three, gg_input: Tensor | None, gg_weight: Tensor | None, gg_bias: Tensor | None, grad_output: Tensor
) -> tuple[Tensor | None, ...]:
    """The gradients of double_backward by its six tensors, given those by its three results."""
    a, b, c = cotangents
    return (
        add(passes.by_input(a, passes.weight), passes.by_input(grad_output, c)),
        add(passes.by_weight(a, passes.input), passes.by_weight(grad_output, b)),
        None if a is None or gg_bias is None else sum_for_bias(a, passes.weight),
        add(passes.output(b, gg_weight), passes.output(gg_input, c)),
        passes.by_input(a, gg_weight),
        passes.by_weight(a, gg_input),
    )


def forward_tangent(passes: Passes, input: Tensor | None, weight: Tensor | None, bias: Tensor | None) -> Tensor | None:
    """Of the output, given the operands' tangents."""
    tangent = add(passes.output(input, passes.weight), passes.output(passes.input, weight))
    if bias is None:
        return tangent
    along = along_channels(bias, passes.weight)
    if tangent is not None:
        return tangent + along
    return torch.zeros_like(passes.call(passes.input, passes.weight, None, passes.options)) + along


def backward_tangent(
    passes: Passes, grad_output: Tensor, by_grad: Tensor | None, by_input: Tensor | None, by_weight: Tensor | None, mask: Mask
) -> tuple[Any, Any, Any]:
    """Of the three gradients, given the tangents of grad_output, input and weight."""
    tangents = (
        add(passes.by_input(by_grad, passes.weight), passes.by_input(grad_output, by_weight)) if mask[0] else None,
        add(passes.by_weight(by_grad, passes.input), passes.by_weight(grad_output, by_input)) if mask[1] else None,
        None if by_grad is None or not mask[2] else sum_for_bias(by_grad, passes.weight),
    )
    # Undefined, the tangent of a result that is defined is an error of PyTorch's.
    bias = grad_output.new_zeros(grad_output.shape[grad_output.dim() - passes.weight.dim() + 1])
    zeros = (torch.zeros_like(passes.input), torch.zeros_like(passes.weight), bias)
    return tuple(z if t is None and wanted else t for t, z, wanted in zip(tangents, zeros, mask))
