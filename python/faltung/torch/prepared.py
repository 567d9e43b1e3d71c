"""Weights that are packed or transformed once, for calls under torch.inference_mode().

A weight is prepared when it comes a second time unchanged: the same tensor at the same place with the same version, which every
operation in place moves on. What was prepared goes with the tensor or its version. A tensor made under inference_mode() has no
version and is never prepared. Writing through `weight.data` or NumPy moves no version: call forget() after it.
"""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor

from faltung import _native
from faltung.torch import kernels
from faltung.torch.options import Options


class Entry:
    """What is known of one weight."""

    __slots__ = ("convolutions", "pointer", "reference", "version")

    def __init__(self, weight: Tensor, version: int) -> None:
        key = id(weight)
        self.reference = weakref.ref(weight, lambda _: entries.pop(key, None))
        self.version, self.pointer = version, weight.data_ptr()
        self.convolutions: dict[Any, Prepared] = {}

    def is_of(self, weight: Tensor, version: int) -> bool:
        return self.reference() is weight and self.version == version and self.pointer == weight.data_ptr()


class Prepared:
    """A plan for one shape of inputs, with its weights."""

    __slots__ = ("compiled", "transposed", "weights")

    def __init__(self, input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> None:
        *rest, padding_mode = options
        settings = {"padding_mode": padding_mode, "numerics": kernels.numerics(input), "constant_weights": True}
        problem = _native.problem(input, weight, bias, *rest, **settings)
        device = "cpu" if input.is_cpu else str(input.device)
        self.compiled = _native.compile(problem, kernels.policy(), device=device)
        # Its memory is kept, by another tensor: the weight itself must be free to go.
        self.weights = self.compiled.prepare(weight.detach())
        self.transposed = options[3]

    def __call__(self, input: Tensor, bias: Tensor | None) -> Tensor:
        if self.transposed:
            return self.compiled.run(None, self.weights, input, bias=bias)
        return self.compiled.run(input, self.weights, bias=bias)


entries: dict[int, Entry] = {}


def forget() -> None:
    """Drops all that was prepared, whose memory is free once no call uses it."""
    entries.clear()


def entry_of(weight: Tensor) -> Entry | None:
    """Nothing for a weight that is new or has changed."""
    if weight.is_inference():
        return None
    version = weight._version
    known = entries.get(id(weight))
    if known is not None and known.is_of(weight, version):
        return known
    entries[id(weight)] = Entry(weight, version)
    return None


def forward(input: Tensor, weight: Tensor, bias: Tensor | None, options: Options) -> Tensor:
    known = entry_of(weight)
    if known is None or input.dim() != weight.dim() or input.is_conj() or weight.is_conj():
        return kernels.forward(input, weight, bias, options)
    try:
        key = (input.shape, input.stride(), input.dtype, bias is None, options, kernels.threads(), kernels.numerics(input))
        prepared = known.convolutions.get(key)
        if prepared is None:
            prepared = known.convolutions[key] = Prepared(input, weight, bias, options)
        return prepared(input, bias)
    except (TypeError, ValueError):  # a list among the options, or what the call itself says better
        return kernels.forward(input, weight, bias, options)
