"""The compiled module on plain tensors: no graph, no modes, nothing but the computation."""

from __future__ import annotations

import torch
from torch import Tensor

from faltung import _native
from faltung.torch.options import Options
from faltung.torch.states import algorithms_are_deterministic, allows_tf32, cudnn_is_deterministic, transforms_on_cpu

Mask = tuple[bool, bool, bool]
Three = tuple[Tensor | None, Tensor | None, Tensor | None]

_convolution = _native.convolution
threads = torch.get_num_threads
_policies: dict[int, _native.Policy] = {}
_on_gpu = {(tf32, fixed): _native.Numerics(tf32=tf32, deterministic=fixed) for tf32 in (False, True) for fixed in (False, True)}
_without_transforms = _native.Numerics(transforms=False)


def policy() -> _native.Policy:
    """As many threads as PyTorch has."""
    count = threads()
    return _policies.get(count) or _policies.setdefault(count, _native.Policy(threads=count))


def numerics(tensor: Tensor) -> _native.Numerics | None:
    """What PyTorch's switches allow; results on a CPU are the same in every run anyway."""
    if not tensor.is_cuda:
        return None if transforms_on_cpu() else _without_transforms
    return _on_gpu[allows_tf32(), cudnn_is_deterministic() or algorithms_are_deterministic()]


def forward(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> Tensor:
    stride, padding, dilation, transposed, output_padding, groups, padding_mode = options
    return _convolution(
        input,
        weight,
        bias,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        padding_mode=padding_mode,
        policy=policy(),
        numerics=numerics(input),
    )


def backward(grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask) -> Three:
    *rest, padding_mode = options
    return _native.convolution_backward(
        grad_output,
        input,
        weight,
        *rest,
        mask,
        padding_mode=padding_mode,
        policy=policy(),
        numerics=numerics(input),
    )


def double_backward(
    gg_input: Tensor | None,
    gg_weight: Tensor | None,
    gg_bias: Tensor | None,
    grad_output: Tensor,
    input: Tensor,
    weight: Tensor,
    options: Options,
    mask: Mask,
) -> Three:
    *rest, padding_mode = options
    return _native.convolution_double_backward(
        gg_input,
        gg_weight,
        gg_bias,
        grad_output,
        input,
        weight,
        *rest,
        mask,
        padding_mode=padding_mode,
        policy=policy(),
        numerics=numerics(input),
    )
