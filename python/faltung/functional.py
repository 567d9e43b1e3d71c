"""Functions on arrays, with the names, the order of arguments and the meaning of torch.nn.functional.

They take arrays of NumPy, PyTorch, JAX and CuPy, and all with ``__dlpack__`` or the buffer protocol, without a copy; a result is
of the first argument's kind and lies on its device. No graph for gradients is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from faltung._general import conv_general
from faltung._native import (
    Numerics,
    Policy,
    compile,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    convolution,
    convolution_backward,
    convolution_double_backward,
    convolution_quantized,
    explain,
    info,
    problem,
    torch_selection,
    tune,
)

__all__ = [
    "compile",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_general",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "convolution",
    "convolution_backward",
    "convolution_double_backward",
    "convolution_quantized",
    "explain",
    "info",
    "per_sample_gradients",
    "prepare",
    "problem",
    "torch_selection",
    "tune",
]

ArrayT = TypeVar("ArrayT")


def per_sample_gradients(
    grad_output: ArrayT,
    input: Any,
    weight: Any,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | Sequence[tuple[int, int]] | str = 0,
    dilation: int | Sequence[int] = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    *,
    padding_mode: str = "zeros",
    policy: Policy | None = None,
    numerics: Numerics | None = None,
    stream: int | None = None,
) -> tuple[ArrayT, ArrayT]:
    """The gradients of each image's loss by weight and bias, as one problem and not a loop.

    grad_output: (N, O, out...); input: (N, C, in...); weight: only its shape and type matter. The other arguments are those of
    convolution(). Returns (grad_weight, grad_bias): (N, *weight.shape) and (N, O), whose sums over axis 0 are what
    convolution_backward() gives. Raises ValueError and UnsupportedError as that does.
    """
    _, grad_weight, grad_bias = convolution_backward(
        grad_output,
        input,
        weight,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        (False, True, True),
        padding_mode=padding_mode,
        in_dims=(0, 0, None),
        policy=policy,
        numerics=numerics,
        stream=stream,
    )
    assert grad_weight is not None and grad_bias is not None
    return grad_weight, grad_bias


class PreparedConv:
    """A planned convolution with weights that do not change: call it with x. Made by prepare()."""

    def __init__(self, problem: str, w: Any, policy: Policy | None = None, *, device: str | None = None, stream: int | None = None) -> None:
        self.compiled = compile(problem if "constw" in problem.split() else problem + " constw", policy, device=device)
        self.weights = self.compiled.prepare(w, stream=stream)

    def __call__(self, x: ArrayT, y: Any = None, *, bias: Any = None, z: Any = None, alpha: float = 1.0, stream: int | None = None) -> ArrayT:
        """Convolves x; for a transposed convolution, whose pass is 'dgrad', x is the problem's y. y: written and returned."""
        forward = self.compiled.problem.startswith("fwd")
        operands = (x, self.weights, y) if forward else (y, self.weights, x)
        result: ArrayT = self.compiled.run(*operands, bias=bias, z=z, alpha=alpha, stream=stream)
        return result

    def __repr__(self) -> str:
        return f"faltung.PreparedConv({self.compiled.problem!r}, engine={self.compiled.engine!r}, bytes={self.weights.bytes})"


def prepare(problem: str, w: Any, policy: Policy | None = None, *, device: str | None = None, stream: int | None = None) -> PreparedConv:
    """Plans a problem (text, as problem() gives it) for weights that do not change, and packs or transforms them once.

    w stays what it was: after a change prepare it anew. Raises ValueError if w does not fit, UnsupportedError if no engine can.
    """
    return PreparedConv(problem, w, policy, device=device, stream=stream)
