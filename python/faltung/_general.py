"""conv_general: a convolution in the words of XLA, as JAX has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from faltung import _native
from faltung._native import Numerics, Policy

ArrayT = TypeVar("ArrayT")

def axes_of(spec: Any, first: str, name: str) -> tuple[int, ...]:
    """The axes of one array: those of the letters in `first`, then the spatial ones. (0, 3, 1, 2) of "NHWC"."""
    if not isinstance(spec, str):
        return tuple(spec)
    letters = [letter for letter in spec if letter not in first]
    if sorted(spec) != sorted({*first, *letters}):
        raise ValueError(f"dimension_numbers: {name} is {spec!r}; each of {first[0]} and {first[1]} once and other letters for the spatial axes are right")
    return tuple(spec.index(letter) for letter in (*first, *letters))


def specs_of(dimension_numbers: Any, rank: int) -> tuple[tuple[int, ...], ...]:
    """The axes of lhs, rhs and out, of a triple of words, of a triple of numbers of axes, or None."""
    if dimension_numbers is None:
        return (tuple(range(rank)),) * 3
    lhs, rhs, out = dimension_numbers
    if isinstance(lhs, str) and isinstance(rhs, str) and isinstance(out, str):
        # The order of the spatial axes, and so of strides, pads and dilations, is that of their letters in rhs.
        spatial = [letter for letter in rhs if letter not in "OI"]
        if {*spatial} != {*lhs} - {*"NC"} or {*spatial} != {*out} - {*"NC"}:
            raise ValueError(f"dimension_numbers: {lhs!r}, {rhs!r} and {out!r} do not have the same spatial axes")
        return (
            ordered(axes_of(lhs, "NC", "lhs"), lhs, spatial),
            axes_of(rhs, "OI", "rhs"),
            ordered(axes_of(out, "NC", "out"), out, spatial),
        )
    return axes_of(lhs, "NC", "lhs"), axes_of(rhs, "OI", "rhs"), axes_of(out, "NC", "out")


def ordered(axes: tuple[int, ...], spec: str, spatial: list[str]) -> tuple[int, ...]:
    return (*axes[:2], *(spec.index(letter) for letter in spatial))


def pads_of(padding: Any, extents: list[int], taps: list[int], strides: Sequence[int], dilations: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of what stands at the two ends of each axis."""
    if not isinstance(padding, str):
        return [(low, high) for low, high in padding]
    word = padding.upper()
    if word == "VALID":
        return [(0, 0)] * len(extents)
    if word not in ("SAME", "SAME_LOWER"):
        raise ValueError(f"padding {padding!r} is unknown; there are SAME, SAME_LOWER and VALID")
    pads = []
    for extent, tap, stride, dilation in zip(extents, taps, strides, dilations):
        out = -(-extent // stride)
        total = max((out - 1) * stride + (tap - 1) * dilation + 1 - extent, 0)
        half = total // 2
        pads.append((half, total - half) if word == "SAME" else (total - half, half))
    return pads


def conv_general(
    lhs: ArrayT,
    rhs: Any,
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    *,
    policy: Policy | None = None,
    numerics: Numerics | None = None,
    stream: int | None = None,
) -> ArrayT:
    """A convolution with the names and the meaning of jax.lax.conv_general_dilated.

    lhs: the input, rhs: the weight; their axes are as dimension_numbers says: ("NHWC", "HWIO", "NHWC"), JAX's
    ConvDimensionNumbers, or None for ("NCHW", "OIHW", "NCHW"), with one to three spatial axes, none of extent 0.
    window_strides, lhs_dilation (zeros put between elements of lhs), rhs_dilation: a number for each spatial axis, in the order of
    their letters in rhs.
    padding: a pair (low, high) for each spatial axis, negative to crop; without lhs_dilation also 'SAME', 'SAME_LOWER', 'VALID'.
    feature_group_count, batch_group_count: groups of the channels, or of the images; one of them is 1.

    Returns a new array of lhs's kind. Raises ValueError for arguments that mean no convolution, UnsupportedError, with the table
    of reasons, if no engine can. Source: https://openxla.org/xla/operation_semantics#conv_convolution.
    """
    lhs_shape, rhs_shape = _native.shape_of(lhs, "lhs"), _native.shape_of(rhs, "rhs")
    rank = len(lhs_shape)
    lhs_spec, rhs_spec, out_spec = specs_of(dimension_numbers, rank)
    for name, spec, own_rank in (("lhs", lhs_spec, rank), ("rhs", rhs_spec, len(rhs_shape)), ("out", out_spec, rank)):
        if sorted(spec) != list(range(own_rank)):
            raise ValueError(f"dimension_numbers: {name} has the axes {tuple(spec)}, but its array has {own_rank} axes")
    ones = (1,) * (rank - 2)
    strides, into, over = tuple(window_strides), tuple(lhs_dilation or ones), tuple(rhs_dilation or ones)
    for name, values in (("window_strides", strides), ("lhs_dilation", into), ("rhs_dilation", over)):
        if len(values) != rank - 2:
            raise ValueError(f"{name} has {len(values)} numbers for {rank - 2} spatial axes")
    extents, taps = [lhs_shape[axis] for axis in lhs_spec[2:]], [rhs_shape[axis] for axis in rhs_spec[2:]]
    if isinstance(padding, str) and into != ones:
        raise ValueError(f"padding {padding!r} has no meaning with lhs_dilation {into}: give pairs")
    pads = pads_of(padding, extents, taps, strides, over)
    return _native.convolution_by_axes(
        lhs, rhs, strides, pads, into, over, lhs_spec, rhs_spec, out_spec, feature_group_count, batch_group_count, policy, numerics, stream
    )
