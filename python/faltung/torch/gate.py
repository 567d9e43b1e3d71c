"""Which way a call takes, the cheapest that is right: see docs/python-torch.md for what each costs.

    compiling, tracing, a transform, a mode, the profiler, a subclass of Tensor   the operator
    a gradient is wanted                                                          a Function right over the compiled module
    else                                                                          the compiled module
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

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


def has_kernel(tensor: Tensor | None) -> bool:
    return tensor is None or (type(tensor) in PLAIN and (tensor.is_cpu or tensor.is_cuda))


def has_memory(tensor: Tensor | None) -> bool:
    """Tensors of torch's older vmap have none, and nothing else tells them from others."""
    try:
        return tensor is None or tensor.data_ptr() >= 0
    except RuntimeError:
        return False


def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> Tensor:
    if autocast_is_on():
        input, weight, bias = cast_operands(input, weight, bias)
    if operator_is_needed() or not (has_kernel(input) and has_kernel(weight) and (bias is None or has_kernel(bias))):
        return operators.forward(input, weight, bias, written_out(options, input, weight))
    try:
        if grad_is_enabled() and (input.requires_grad or weight.requires_grad or (bias is not None and bias.requires_grad)):
            return functions.Convolution.apply(input, weight, bias, options)
        if inference_mode_is_enabled():
            return prepared.forward(input, weight, bias, options)
        return kernels.forward(input, weight, bias, options)
    except ValueError:
        if has_memory(input) and has_memory(weight) and has_memory(bias):
            raise
        return operators.forward(input, weight, bias, written_out(options, input, weight))


def backward(grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask) -> Three:
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
