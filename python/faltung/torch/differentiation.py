"""The derivatives of the operators, backward and forward, in every order and under every transform of torch.func.

The Functions that torch.library.register_autograd() makes are refused by torch.func (they have no setup_context()), and have no
forward mode. So the operators have kernels of their own for PyTorch's key Autograd, which do what those in C++ do: record a node
for the tensors at hand, whatever wraps them, and dispatch to what lies below.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch._functorch.utils import enable_single_level_autograd_function
from torch.autograd import forward_ad
from torch.autograd.function import _SingleLevelFunction

from faltung.torch import derivatives
from faltung.torch.operators import backward, double_backward, forward, library
from faltung.torch.states import forward_mode_is_on

NO_OPTIONS = (None,) * 7


def below(ctx: Any, operator: Any, state: Any, operands: Any, rest: Any) -> Any:
    """Runs the operator as it is without derivatives; saves what they need."""
    ctx.save_for_backward(*operands)
    ctx.save_for_forward(*operands)
    ctx.options = rest[:7]
    ctx.mask = rest[7] if len(rest) > 7 else None
    ctx.set_materialize_grads(False)
    keys, grad_is_enabled = state
    # A Function records nothing inside forward(), but further transforms of torch.func lie below.
    with torch.set_grad_enabled(grad_is_enabled), forward_ad._set_fwd_grad_enabled(True):
        return dispatch_below(operator, keys, operands, rest)


def dispatch_below(operator: Any, keys: Any, operands: Any, rest: Any) -> Any:
    with torch._C._AutoDispatchBelowAutograd():
        return operator.redispatch(keys & torch._C._after_autograd_keyset, *operands, *rest)


class Forward(_SingleLevelFunction):
    @staticmethod
    def forward(ctx: Any, state: Any, input: Tensor, weight: Tensor, bias: Tensor | None, *options: Any) -> Tensor:
        return below(ctx, torch.ops.faltung.convolution.default, state, (input, weight, bias), options)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor | None) -> tuple[Any, ...]:
        input, weight, _ = ctx.saved_tensors
        if grad_output is None:
            return (None,) * 11
        return (None, *backward(grad_output, input, weight, ctx.options, ctx.needs_input_grad[1:4]), *NO_OPTIONS)

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
        return derivatives.forward_tangent(passes_of(*ctx.saved_tensors[:2], ctx.options), *tangents[:3])


class Backward(_SingleLevelFunction):
    @staticmethod
    def forward(ctx: Any, state: Any, grad_output: Tensor, input: Tensor, weight: Tensor, *rest: Any) -> Any:
        return below(ctx, torch.ops.faltung.convolution_backward.default, state, (grad_output, input, weight), rest)

    @staticmethod
    def backward(ctx: Any, *ggs: Tensor | None) -> tuple[Any, ...]:
        wanted = ctx.needs_input_grad[1:4]
        return (None, *double_backward(*ggs, *ctx.saved_tensors, ctx.options, wanted), *NO_OPTIONS, None)

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
        grad_output, input, weight = ctx.saved_tensors
        passes = passes_of(input, weight, ctx.options)
        return derivatives.backward_tangent(passes, grad_output, *tangents[:3], ctx.mask)


class DoubleBackward(_SingleLevelFunction):
    """Its derivative backward only: forward over it is a fourth order that nothing has asked for."""

    @staticmethod
    def forward(ctx: Any, state: Any, *arguments: Any) -> Any:
        return below(ctx, torch.ops.faltung.convolution_double_backward.default, state, arguments[:6], arguments[6:])

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Any, ...]:
        *ggs, grad_output, input, weight = ctx.saved_tensors
        passes = passes_of(input, weight, ctx.options)
        results = derivatives.triple_backward(passes, cotangents, *ggs, grad_output)
        wanted = [r if needed else None for r, needed in zip(results, ctx.needs_input_grad[1:])]
        return (None, *wanted, *NO_OPTIONS, None)


def passes_of(input: Tensor, weight: Tensor, options: Any) -> derivatives.Passes:
    return derivatives.Passes(forward, backward, input, weight, options)


def wants_graph(operands: Any) -> bool:
    if forward_mode_is_on():
        return True
    return torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in operands)


def register(name: str, function: Any, operand_count: int) -> None:
    operator = getattr(torch.ops.faltung, name).default

    def kernel(keys: Any, *arguments: Any) -> Any:
        operands, rest = arguments[:operand_count], arguments[operand_count:]
        if not wants_graph(operands):
            return dispatch_below(operator, keys, operands, rest)
        with enable_single_level_autograd_function():  # the level of the transform of torch.func that asks
            return function.apply((keys, torch.is_grad_enabled()), *arguments)

    library.impl(name, kernel, "Autograd", with_keyset=True)


register("convolution", Forward, 3)
register("convolution_backward", Backward, 3)
register("convolution_double_backward", DoubleBackward, 6)
