"""Which way a call takes, the cheapest that is right.

    compiling, tracing, a transform, a mode, the profiler, a subclass of Tensor   the operator
    a gradient is wanted                                                          a Function right over the compiled module
    else                                                                          the compiled module

plain_convolution() has the compiled module look; what casts its operands, prepares weights (on a CPU: no GPU's engine does) or goes
wrong, looks closer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from faltung import _native
from faltung._errors import UnsupportedError
from faltung.torch import derivatives, functions, kernels, operators, prepared
from faltung.torch.autocast import cast_operands
from faltung.torch.kernels import Mask, Three
from faltung.torch.options import Options, written_out
from faltung.torch.states import (
    PLAIN,
    autocast_is_on,
    dispatch_modes,
    forward_mode_is_on,
    function_modes,
    grad_is_enabled,
    inference_mode_is_enabled,
    is_compiling,
    profiler_is_on,
    tracing,
    transforms_are_active,
    transforms_on_cpu,
)


def operator_is_needed() -> bool:
    return (
        is_compiling()
        or transforms_are_active()
        or forward_mode_is_on()
        or dispatch_modes()
        or function_modes()
        or profiler_is_on()
        or tracing() is not None
    )


def what_to_ask() -> _native.TorchStates:
    watching = [transforms_are_active, forward_mode_is_on, dispatch_modes, function_modes, profiler_is_on, tracing]
    ways = (grad_is_enabled, kernels.threads, transforms_on_cpu, kernels.numerics, inference_mode_is_enabled)
    return _native.torch_states(torch.Tensor, torch.nn.Parameter, [*watching, autocast_is_on], *ways)


STATES = what_to_ask()
torch_convolution = _native.torch_convolution
torch_backward = _native.torch_backward


def recorded(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> Tensor:
    """With a graph."""
    result: Tensor = functions.apply_convolution(input, weight, bias, options)
    return result


def plain_convolution(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options, rank: int, as_in_torch: bool) -> Tensor | None:
    """The cheapest way, nothing where it is not for sure right. rank: of the spatial axes, 0 for any. as_in_torch: nothing also for
    what may mean something else to PyTorch."""
    done = torch_convolution(STATES, input, weight, bias, options, rank, as_in_torch)
    if done is not True:
        result: Tensor | None = done
        return result
    if rank and weight.dim() != rank + 2:
        return None
    try:
        return recorded(input, weight, bias, options)
    except (ValueError, UnsupportedError):
        return None


def check_rank(weight: Tensor, transposed: bool, rank: int) -> None:
    if rank and weight.dim() != rank + 2:
        name = f"conv_transpose{rank}d" if transposed else f"conv{rank}d"
        raise ValueError(f"{name}: weight has {weight.dim()} axes; a convolution over {rank} axes needs {rank + 2}")


def has_kernel(tensor: Tensor | None) -> bool:
    return tensor is None or (type(tensor) in PLAIN and (tensor.is_cpu or tensor.is_cuda))


def has_memory(tensor: Tensor | None) -> bool:
    """Tensors of torch's older vmap have none, and nothing else tells them from others."""
    try:
        return tensor is None or tensor.data_ptr() >= 0
    except RuntimeError:
        return False


def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options, rank: int = 0) -> Tensor:
    if not is_compiling():
        result = plain_convolution(input, weight, bias, options, rank, False)
        if result is not None:
            return result
    check_rank(weight, options[3], rank)
    if autocast_is_on():
        input, weight, bias = cast_operands(input, weight, bias)
    if operator_is_needed() or not (has_kernel(input) and has_kernel(weight) and (bias is None or has_kernel(bias))):
        return operators.forward(input, weight, bias, written_out(options, input, weight))
    try:
        if grad_is_enabled() and (input.requires_grad or weight.requires_grad or (bias is not None and bias.requires_grad)):
            return recorded(input, weight, bias, options)
        if inference_mode_is_enabled() and input.is_cpu:
            return prepared.forward(input, weight, bias, options)
        return kernels.forward(input, weight, bias, options)
    except ValueError:
        if has_memory(input) and has_memory(weight) and has_memory(bias):
            raise
        return operators.forward(input, weight, bias, written_out(options, input, weight))


def backward(grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask) -> Three:
    done: Three | None = torch_backward(STATES, grad_output, input, weight, options, mask)
    if done is not None:
        return done
    tensors = (grad_output, input, weight)
    if operator_is_needed() or not all(map(has_kernel, tensors)):
        return operators.backward(*tensors, written_out(options, input, weight), mask)
    try:
        if grad_is_enabled() and (grad_output.requires_grad or input.requires_grad or weight.requires_grad):
            return functions.ConvolutionBackward.apply(*tensors, options, mask)
        return kernels.backward(*tensors, options, mask)
    except ValueError:
        if all(map(has_memory, tensors)):
            raise
        return operators.backward(*tensors, written_out(options, input, weight), mask)


def double_backward(
    gg_input: Any, gg_weight: Any, gg_bias: Any, grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask
) -> Three:
    tensors = (gg_input, gg_weight, gg_bias, grad_output, input, weight)
    if operator_is_needed() or not all(map(has_kernel, tensors)):
        return operators.double_backward(*tensors, written_out(options, input, weight), mask)
    if grad_is_enabled() and any(tensor is not None and tensor.requires_grad for tensor in tensors):
        passes = derivatives.Passes(convolution, backward, input, weight, options)
        return derivatives.double_backward(passes, gg_input, gg_weight, gg_bias, grad_output, mask)
    try:
        return kernels.double_backward(*tensors, options, mask)
    except ValueError:
        if all(map(has_memory, tensors)):
            raise
        return operators.double_backward(*tensors, written_out(options, input, weight), mask)
