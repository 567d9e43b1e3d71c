"""autograd.Functions right over the compiled module: the cheapest way to record a graph in eager mode."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from faltung import _native
from faltung.torch import gate, kernels  # gate: a circle, used when both are there
from faltung.torch.kernels import Mask, Three
from faltung.torch.options import Options

torch_forward = _native.torch_forward


class Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> Tensor:
        ctx.save_for_backward(input, weight)
        ctx.options = options
        result: Tensor = torch_forward(gate.STATES, input, weight, bias, options)
        return result

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Any, ...]:
        input, weight = ctx.saved_tensors
        return (*gate.backward(grad_output, input, weight, ctx.options, ctx.needs_input_grad[:3]), None)


# Without what Function.apply() does before, for torch.func, which goes by way of the operators.
apply_convolution: Any = super(torch.autograd.Function, Convolution).apply


class ConvolutionBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask) -> Three:
        ctx.save_for_backward(grad_output, input, weight)
        ctx.options = options
        ctx.set_materialize_grads(False)
        return kernels.backward(grad_output, input, weight, options, mask)

    @staticmethod
    def backward(ctx: Any, *ggs: Tensor | None) -> tuple[Any, ...]:
        return (*gate.double_backward(*ggs, *ctx.saved_tensors, ctx.options, ctx.needs_input_grad[:3]), None, None)
