"""One convolution as it is for the compiled module: in one of the three passes, of arrays with their axes in any order.

T(x, w, y) = sum of x * w * y is linear in each of the three, and a convolution, its gradients and all further ones are its
derivatives by one of them. x is (N, C, in...), w (K, C / groups, taps...), y (N, K, out...); `orders` has the axis of the array that
each of these is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

X, W, Y = range(3)
PASSES = {X: "dgrad", W: "wgrad", Y: "fwd"}
TYPES = {
    "float32": "f32",
    "float64": "f64",
    "float16": "f16",
    "bfloat16": "bf16",
    "complex64": "cf32",
    "complex128": "cf64",
    "int8": "i8",
    "int32": "i32",
    "int64": "i64",
}

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Axis:
    extent: int
    taps: int
    out: int
    stride: int
    dilation: int
    pad: int  # at the low end


@dataclass(frozen=True)
class Convolution:
    written: int
    dtype: Any
    batch: int
    groups: int
    in_channels: int  # of a group
    out_channels: int
    axes: tuple[Axis, ...]
    orders: tuple[Shape, Shape, Shape]
    flags: str = ""

    @property
    def read(self) -> tuple[int, int]:
        """The two other operands, in the order in which they are given."""
        first, second = (role for role in (X, W, Y) if role != self.written)
        return first, second

    def writing(self, role: int) -> Convolution:
        return replace(self, written=role)

    def extents(self, role: int) -> Shape:
        """Of an operand with its axes in the order above."""
        if role == W:
            return self.groups * self.out_channels, self.in_channels, *(a.taps for a in self.axes)
        if role == X:
            return self.batch, self.groups * self.in_channels, *(a.extent for a in self.axes)
        return self.batch, self.groups * self.out_channels, *(a.out for a in self.axes)

    def shape(self, role: int) -> Shape:
        """Of the array."""
        extents, order = self.extents(role), self.orders[role]
        return tuple(extents[order.index(axis)] for axis in range(len(order)))

    def strides(self, role: int) -> list[int]:
        """With the groups as an axis of their own, as the text form wants them."""
        shape, order = self.shape(role), self.orders[role]
        steps = [math.prod(shape[axis + 1 :]) for axis in order]
        if role == W:
            return [steps[0] * self.out_channels, *steps]
        channels = self.in_channels if role == X else self.out_channels
        return [steps[0], steps[1] * channels, *steps[1:]]

    def text(self) -> str:
        layout = ":".join(str(self.strides(role)).replace(" ", "") for role in (X, W, Y))
        words = [PASSES[self.written], TYPES[self.dtype.name], layout, f"n{self.batch}", f"g{self.groups}"]
        words += [f"c{self.groups * self.in_channels}", f"k{self.groups * self.out_channels}"]
        for letter, name in zip("ifosdp", ("extent", "taps", "out", "stride", "dilation", "pad")):
            words.append(letter + "x".join(str(getattr(axis, name)) for axis in self.axes))
        return " ".join([*words, self.flags]).strip()
