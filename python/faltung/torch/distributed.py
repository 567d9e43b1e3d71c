"""Convolutions of DTensors, divided among processes along the batch, the channels or space.

Every process computes its block; what that needs of others' blocks travels between them, however wide the halo, whatever the
stride, the dilation and the padding, transposed or not. The weight is a DTensor of the same mesh, or a Tensor that all
processes have alike, whose gradient is then the whole one on each. Results are DTensors that are divided like the input,
in torch.chunk's blocks. All processes make the same calls.

    mesh = init_device_mesh("cuda", (2,))
    volume = distribute_tensor(volume, mesh, [Shard(2)])
    y = faltung.torch.distributed.conv3d(volume, weight, padding=1)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard

from faltung import _native
from faltung.torch import kernels
from faltung.torch.functional import Numbers, Padding
from faltung.torch.options import Options, sides, written_out
from faltung.torch.processes import Processes, processes_of
from faltung.torch.shapes import output_shape

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

Cuts = list[tuple[int | None, Any]]


def offsets_of(extent: int, count: int) -> list[int]:
    """Where torch.chunk's blocks begin, and the end."""
    block = -(-extent // count)
    return [min(i * block, extent) for i in range(count + 1)]


def cuts_of(shape: Any, mesh: DeviceMesh, placements: Any) -> Cuts:
    cuts: Cuts = []
    for dimension, placement in enumerate(placements):
        count = mesh.size(dimension)
        if placement.is_replicate():
            cuts.append((None, count))
        elif type(placement) is Shard:
            axis = placement.dim % len(shape)
            if any(axis == cut[0] for cut in cuts):
                raise ValueError(f"axis {axis} is divided along two dimensions of the mesh; one is what Faltung takes")
            cuts.append((axis, offsets_of(shape[axis], count)))
        else:
            raise ValueError(f"placement {placement} is none that Faltung takes: Shard and Replicate are")
    return cuts


class Call:
    """What is the same for a convolution and its derivatives."""

    def __init__(self, processes: Processes, options: Options, input: Cuts, weight: Cuts, output: Cuts) -> None:
        self.processes, self.options = processes, options
        self.input, self.weight, self.output = input, weight, output

    def forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        operands = (input, self.input, weight, self.weight, bias, self.output)
        block: Tensor = _native.sharded_convolution(self.processes, *operands, self.options, kernels.policy(), kernels.numerics(input))
        return block

    def backward(self, grad_output: Tensor, input: Tensor, weight: Tensor, mask: Any) -> Any:
        operands = (grad_output, self.output, input, self.input, weight, self.weight)
        return _native.sharded_backward(self.processes, *operands, self.options, mask, kernels.policy(), kernels.numerics(input))

    def double_backward(self, ggs: Any, grad_output: Tensor, input: Tensor, weight: Tensor, mask: Any) -> Any:
        operands = (*ggs, grad_output, self.output, input, self.input, weight, self.weight)
        ways = (self.options, mask, kernels.policy(), kernels.numerics(input))
        return _native.sharded_double_backward(self.processes, *operands, *ways)


class Convolution(torch.autograd.Function):
    """On the blocks of a process. Wanted gradients are the same on all, as what they depend on is."""

    @staticmethod
    def forward(ctx: Any, call: Call, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(input, weight)
        ctx.call = call
        return call.forward(input, weight, bias)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        input, weight = ctx.saved_tensors
        return (None, *ConvolutionBackward.apply(ctx.call, grad_output, input, weight, ctx.needs_input_grad[1:]))


class ConvolutionBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: Call, grad_output: Tensor, input: Tensor, weight: Tensor, mask: Any) -> Any:
        ctx.save_for_backward(grad_output, input, weight)
        ctx.call = call
        ctx.set_materialize_grads(False)
        return tuple(call.backward(grad_output, input, weight, mask))

    @staticmethod
    def backward(ctx: Any, *ggs: Tensor | None) -> Any:
        return (None, *ctx.call.double_backward(ggs, *ctx.saved_tensors, ctx.needs_input_grad[1:4]), None)


def without_partial(tensor: DTensor) -> DTensor:
    """Sums that are not made yet are made."""
    placements = [Replicate() if isinstance(p, Partial) else p for p in tensor.placements]
    return tensor if list(tensor.placements) == placements else tensor.redistribute(tensor.device_mesh, placements)


def local(tensor: DTensor) -> Tensor:
    return tensor.to_local(grad_placements=tensor.placements)


def whole(tensor: Tensor | None, mesh: DeviceMesh) -> Tensor | None:
    if isinstance(tensor, DTensor):
        return local(tensor.redistribute(mesh, [Replicate()] * mesh.ndim))
    return tensor


def convolution(input: DTensor, weight: Tensor, bias: Tensor | None, options: Options, rank: int) -> DTensor:
    if not isinstance(input, DTensor):
        raise TypeError(f"input is a {type(input).__name__}; faltung.torch.distributed takes a DTensor")
    if weight.dim() != rank + 2 or input.dim() != rank + 2:
        raise ValueError(f"input has {input.dim()} axes and weight {weight.dim()}; both need {rank + 2}, the batch is one")
    mesh, input = input.device_mesh, without_partial(input)
    if isinstance(weight, DTensor):
        if weight.device_mesh != mesh:
            raise ValueError("weight is on another mesh than input")
        weight = without_partial(weight)
    written = written_out(options, input, weight)
    shape = output_shape(input, weight, written)
    inner: Options = (written[0], sides(written[1]), *written[2:])
    weight_places = weight.placements if isinstance(weight, DTensor) else [Replicate()] * mesh.ndim
    places = list(input.placements)
    divided = ((input.shape, input.placements), (weight.shape, weight_places), (shape, places))
    call = Call(processes_of(mesh), inner, *[cuts_of(sizes, mesh, placements) for sizes, placements in divided])
    blocks = (local(input), local(weight) if isinstance(weight, DTensor) else weight, whole(bias, mesh))
    block = Convolution.apply(call, *blocks)
    strides = torch.empty(shape, device="meta").stride()
    return DTensor.from_local(block, mesh, places, run_check=False, shape=torch.Size(shape), stride=strides)


def conv1d(
    input: DTensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
) -> DTensor:
    """As faltung.torch.conv1d: input (N, C, W), divided along any of its axes, weight (O, C / groups, K), bias (O).

    The bias is a Tensor, or a DTensor that is gathered. Raises ValueError for what is no convolution or is divided in a way
    that is not taken (an axis along two dimensions of the mesh; one with a padding_mode but zeros), TypeError if input is no
    DTensor, faltung.Error if a process fails.
    """
    return convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode), 1)


def conv2d(
    input: DTensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
) -> DTensor:
    """As conv1d, over 2 axes: input (N, C, H, W), weight (O, C / groups, K, K)."""
    return convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode), 2)


def conv3d(
    input: DTensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
) -> DTensor:
    """As conv1d, over 3 axes: input (N, C, D, H, W), weight (O, C / groups, K, K, K)."""
    return convolution(input, weight, bias, (stride, padding, dilation, False, 0, groups, padding_mode), 3)


def conv_transpose1d(
    input: DTensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> DTensor:
    """As faltung.torch.conv_transpose1d: input (N, C, W), divided along any of its axes, weight (C, O / groups, K), bias (O).

    Raises as conv1d does.
    """
    return convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"), 1)


def conv_transpose2d(
    input: DTensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> DTensor:
    """As conv_transpose1d, over 2 axes: input (N, C, H, W), weight (C, O / groups, K, K)."""
    return convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"), 2)


def conv_transpose3d(
    input: DTensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> DTensor:
    """As conv_transpose1d, over 3 axes: input (N, C, D, H, W), weight (C, O / groups, K, K, K)."""
    return convolution(input, weight, bias, (stride, padding, dilation, True, output_padding, groups, "zeros"), 3)
