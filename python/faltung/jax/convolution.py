"""conv_general_dilated, in terms of the primitive."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
from jax import Array, lax, numpy

from faltung.jax.folding import fold, unfold
from faltung.jax.primitive import bind
from faltung.jax.problem import TYPES, Axis, Convolution, X, Y

class Arguments(NamedTuple):
    """Written out, as they can be the key of a cache."""

    strides: tuple[int, ...]
    padding: Any  # a word or a pair for each axis
    into: tuple[int, ...]  # lhs_dilation
    over: tuple[int, ...]  # rhs_dilation
    numbers: lax.ConvDimensionNumbers
    groups: int
    batch_groups: int
    dtype: Any
    flags: str


def flags_of(precision: Any) -> str:
    """What the highest precision, of an operand or of both, rules out."""
    config: Any = jax.config
    given = config.jax_default_matmul_precision if precision is None else precision
    words = given if isinstance(given, tuple) else (given,)
    highest = any(word is not None and lax.Precision(word) is lax.Precision.HIGHEST for word in words)
    return "notf32 notransforms" if highest else ""


def spatial(array: Any, spec: Sequence[int]) -> tuple[int, ...]:
    return tuple(array.shape[axis] for axis in spec[2:])


def described(written: int, x: Any, w: Any, y: Any, specs: Any, strides: Any, dilations: Any, pads: Any, a: Arguments) -> Convolution:
    extents = (spatial(array, spec) for array, spec in zip((x, w, y), specs))
    axes = tuple(Axis(*numbers) for numbers in zip(*extents, strides, dilations, pads))
    per_group, channels = w.shape[specs[1][0]] // a.groups, w.shape[specs[1][1]]
    return Convolution(written, y.dtype, x.shape[specs[0][0]], a.groups, channels, per_group, axes, tuple(specs), a.flags)


def transposed(lhs: Array, rhs: Array, result: Any, a: Arguments) -> Any:
    """A data gradient, which needs no zeros between the elements of lhs: lhs is y, the result x, and rhs turned round."""
    lhs_spec, rhs_spec, out_spec = a.numbers
    w = lax.rev(rhs, rhs_spec[2:])
    if a.groups > 1:  # from the outputs to the inputs, which take their place
        w = fold(unfold(w, rhs_spec[0], a.groups), 0, rhs_spec[1])
    turned = (rhs_spec[1], rhs_spec[0], *rhs_spec[2:])
    pads = [d * (k - 1) - low for d, k, (low, _) in zip(a.over, spatial(rhs, rhs_spec), a.padding)]
    conv = described(X, result, w, lhs, (out_spec, turned, lhs_spec), a.into, a.over, pads, a)
    return bind(conv, w, lhs)


def with_zeros_between(lhs: Array, spec: Sequence[int], into: Sequence[int]) -> Array:
    zeros = [(0, 0, 0)] * lhs.ndim
    for axis, dilation in zip(spec[2:], into):
        zeros[axis] = (0, 0, dilation - 1)
    return lax.pad(lhs, numpy.zeros((), lhs.dtype), zeros)


def convolve(lhs: Array, rhs: Array, result: Any, a: Arguments) -> Any:
    if a.batch_groups > 1:  # groups of images are groups of channels
        images, channels = a.numbers.lhs_spec[:2]
        lhs = fold(unfold(lhs, images, a.batch_groups), 0, channels)
        a = a._replace(groups=a.batch_groups)
    if set(a.into) != {1}:
        if set(a.strides) == {1}:
            return transposed(lhs, rhs, result, a)
        lhs = with_zeros_between(lhs, a.numbers.lhs_spec, a.into)
    conv = described(Y, lhs, rhs, result, a.numbers, a.strides, a.over, [low for low, _ in a.padding], a)
    return bind(conv, lhs, rhs)


@partial(jax.jit, static_argnums=2, inline=True)
def checked(lhs: Array, rhs: Array, a: Arguments) -> Any:
    """As JAX checks it; traced once for equal shapes and arguments."""
    words = (*a[:7], None, a.dtype)
    result = jax.eval_shape(lambda x, w: lax.conv_general_dilated(x, w, *words), lhs, rhs)
    if result.dtype.name not in TYPES:
        raise ValueError(f"faltung.jax has no convolutions of {result.dtype.name}; there are those of {', '.join(TYPES)}")
    if 0 in (*lhs.shape, *rhs.shape, *result.shape):
        return numpy.zeros(result.shape, result.dtype)
    if isinstance(a.padding, str):
        reach = [d * (k - 1) + 1 for d, k in zip(a.over, spatial(rhs, a.numbers.rhs_spec))]
        a = a._replace(padding=tuple(lax.padtype_to_pads(spatial(lhs, a.numbers.lhs_spec), reach, a.strides, a.padding)))
    return convolve(lhs.astype(result.dtype), rhs.astype(result.dtype), result, a)


def conv_general_dilated(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Array:
    """A convolution with the arguments, the meaning and the errors of jax.lax.conv_general_dilated, on the CPU.

    It works under jit, grad, jvp, vmap and all that is made of these, in any order. precision: Precision.HIGHEST rules out engines
    that transform their operands (Winograd, FFT). preferred_element_type: operands are cast to it beforehand.
    out_sharding: the result, which is whole on every device, is then spread so.

    Raises, when it is traced: what JAX does for what is no convolution, ValueError for types that there are none of,
    faltung.UnsupportedError if no engine can; NotImplementedError where it is compiled for another platform than the CPU.
    Source: https://openxla.org/xla/operation_semantics#conv_convolution.
    """
    lhs, rhs = numpy.asarray(lhs), numpy.asarray(rhs)
    ones = (1,) * (lhs.ndim - 2)
    arguments = Arguments(
        tuple(window_strides),
        padding if isinstance(padding, str) else tuple((low, high) for low, high in padding),
        ones if lhs_dilation is None else tuple(lhs_dilation),
        ones if rhs_dilation is None else tuple(rhs_dilation),
        lax.conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers),
        feature_group_count,
        batch_group_count,
        preferred_element_type if preferred_element_type is None else numpy.dtype(preferred_element_type),
        flags_of(precision),
    )
    result: Array = checked(lhs, rhs, arguments)
    return result if out_sharding is None else jax.sharding.reshard(result, out_sharding)
