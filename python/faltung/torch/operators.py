"""torch.ops.faltung: the convolution, its gradients and their gradients as operators of PyTorch.

Each runs on CPU and CUDA tensors, knows the shapes of its results without running (compilers, FakeTensor) and may be mapped;
`differentiation` gives them derivatives of any order. Options are written out (`options.written_out`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from faltung.torch import derivatives, kernels, mapping, shapes
from faltung.torch.kernels import Mask, Three
from faltung.torch.options import Options, sides

OPTIONS = (
    "SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, str padding_mode"
)
MASK = "bool[3] output_mask"
THREE = "(Tensor, Tensor, Tensor)"

library = torch.library.Library("faltung", "DEF")
calls = {"convolution": 0, "convolution_backward": 0, "convolution_double_backward": 0}


def define(name: str, operands: str, results: str) -> None:
    library.define(f"{name}({operands}) -> {results}", tags=(torch.Tag.pt2_compliant_tag,))


define("convolution", f"Tensor input, Tensor weight, Tensor? bias, {OPTIONS}", "Tensor")
define("convolution_backward", f"Tensor grad_output, Tensor input, Tensor weight, {OPTIONS}, {MASK}", THREE)
define(
    "convolution_double_backward",
    f"Tensor? gg_input, Tensor? gg_weight, Tensor? gg_bias, Tensor grad_output, Tensor input, Tensor weight, {OPTIONS}, {MASK}",
    THREE,
)

_forward = torch.ops.faltung.convolution.default
_backward = torch.ops.faltung.convolution_backward.default
_double_backward = torch.ops.faltung.convolution_double_backward.default


def forward(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> Tensor:
    return _forward(input, weight, bias, *options)


def backward(grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask) -> Three:
    return _backward(grad_output, input, weight, *options, list(mask))


def double_backward(
    gg_input: Any, gg_weight: Any, gg_bias: Any, grad_output: Tensor, input: Tensor, weight: Tensor, options: Options, mask: Mask
) -> Three:
    return _double_backward(gg_input, gg_weight, gg_bias, grad_output, input, weight, *options, list(mask))


def for_kernel(options: Any) -> Options:
    stride, pads, dilation, transposed, output_padding, groups, padding_mode = options
    return stride, sides(pads), dilation, transposed, output_padding, groups, padding_mode


def run_forward(input: Tensor, weight: Tensor, bias: Tensor | None, *options: Any) -> Tensor:
    calls["convolution"] += 1
    return kernels.forward(input, weight, bias, for_kernel(options))


def run_backward(grad_output: Tensor, input: Tensor, weight: Tensor, *rest: Any) -> Three:
    calls["convolution_backward"] += 1
    *options, mask = rest
    return kernels.backward(grad_output, input, weight, for_kernel(options), mask)


def run_double_backward(
    gg_input: Any, gg_weight: Any, gg_bias: Any, grad_output: Tensor, input: Tensor, weight: Tensor, *rest: Any
) -> Three:
    calls["convolution_double_backward"] += 1
    *options, mask = rest
    return kernels.double_backward(gg_input, gg_weight, gg_bias, grad_output, input, weight, for_kernel(options), mask)


for _key in ("CPU", "CUDA"):
    library.impl("convolution", run_forward, _key)
    library.impl("convolution_backward", run_backward, _key)
    library.impl("convolution_double_backward", run_double_backward, _key)


@torch.library.register_fake("faltung::convolution", lib=library)
def fake_forward(input: Tensor, weight: Tensor, bias: Tensor | None, *options: Any) -> Tensor:
    shape = shapes.output_shape(input, weight, options)
    return shapes.dense(input, shape, shapes.result_is_channels_last(input, weight), input.dim() == weight.dim())


def fake_three(like: Tensor, input: Tensor, weight: Tensor, shapes_of: Any, mask: Mask) -> Three:
    last, batched = shapes.result_is_channels_last(input, weight), input.dim() == weight.dim()
    made = []
    for (shape, as_input), wanted in zip(shapes_of, mask):
        made.append(shapes.dense(like, shape, last and len(shape) > 1, batched or not as_input) if wanted else None)
    return tuple(made)


@torch.library.register_fake("faltung::convolution_backward", lib=library)
def fake_backward(grad_output: Tensor, input: Tensor, weight: Tensor, *rest: Any) -> Three:
    bias = [grad_output.shape[grad_output.dim() - weight.dim() + 1]]
    return fake_three(grad_output, input, weight, [(input.shape, True), (weight.shape, False), (bias, False)], rest[-1])


@torch.library.register_fake("faltung::convolution_double_backward", lib=library)
def fake_double_backward(
    gg_input: Any, gg_weight: Any, gg_bias: Any, grad_output: Tensor, input: Tensor, weight: Tensor, *rest: Any
) -> Three:
    of = [(grad_output.shape, True), (input.shape, True), (weight.shape, False)]
    return fake_three(grad_output, input, weight, of, rest[-1])


def map_forward(info: Any, axes: Any, input: Tensor, weight: Tensor, bias: Tensor | None, *options: Any) -> Any:
    return mapping.mapped_forward(forward, info.batch_size, axes[:3], (input, weight, bias), options)


def map_backward(info: Any, axes: Any, grad_output: Tensor, input: Tensor, weight: Tensor, *rest: Any) -> Any:
    *options, mask = rest
    return mapping.mapped_backward(backward, info.batch_size, axes[:3], (grad_output, input, weight), options, mask)


def map_double_backward(info: Any, axes: Any, *arguments: Any) -> Any:
    """In terms of the two others, which are mapped."""
    *options, mask = arguments[6:]

    def composed(gg_input: Any, gg_weight: Any, gg_bias: Any, grad_output: Tensor, input: Tensor, weight: Tensor) -> Any:
        passes = derivatives.Passes(forward, backward, input, weight, options)
        results = derivatives.double_backward(passes, gg_input, gg_weight, gg_bias, grad_output, mask)
        return tuple(r for r in results if r is not None)

    results = iter(torch.vmap(composed, tuple(axes[:6]))(*arguments[:6]))
    return tuple(next(results) if wanted else None for wanted in mask), tuple(0 if wanted else None for wanted in mask)


torch.library.register_vmap("faltung::convolution", map_forward, lib=library)
torch.library.register_vmap("faltung::convolution_backward", map_backward, lib=library)
torch.library.register_vmap("faltung::convolution_double_backward", map_double_backward, lib=library)
