"""An axis of an array joined with another, and taken apart from it: for groups, and for what vmap maps over."""

from __future__ import annotations

from dataclasses import replace

from jax import Array, numpy

from faltung.jax.problem import W, X, Y, Convolution


def fold(array: Array, mapped: int, axis: int, parts: int = 1) -> Array:
    """The axis `mapped` joined with what is `axis` without it: there, its index stands within each of `parts` parts."""
    front = numpy.moveaxis(array, mapped, 0)
    count, shape = front.shape[0], front.shape[1:]
    apart = front.reshape(count, *shape[:axis], parts, shape[axis] // parts, *shape[axis + 1 :])
    return numpy.moveaxis(apart, 0, axis + 1).reshape(*shape[:axis], count * shape[axis], *shape[axis + 1 :])


def unfold(array: Array, axis: int, count: int, parts: int = 1) -> Array:
    """The reverse: an axis of extent `count` at the front."""
    shape = array.shape
    rest = shape[axis] // count
    apart = array.reshape(*shape[:axis], parts, count, rest // parts, *shape[axis + 1 :])
    return numpy.moveaxis(apart, axis + 1, 0).reshape(count, *shape[:axis], rest, *shape[axis + 1 :])


def places(conv: Convolution, mapped: frozenset[int]) -> dict[int, tuple[int, int]]:
    """Where an axis that these operands carry goes in each of them: the axis, and the parts within which it stands."""
    if mapped == {X, Y}:
        return {X: (0, 1), Y: (0, 1)}
    if mapped == {W, Y}:
        return {W: (0, conv.groups), Y: (1, conv.groups)}
    if mapped == {X, W}:
        return {X: (1, conv.groups), W: (1, 1)}
    return {X: (1, 1), W: (0, 1), Y: (1, 1)}


def folded(conv: Convolution, mapped: frozenset[int], count: int) -> Convolution:
    """The convolution of operands with such an axis folded: to the extent that exactly these operands share."""
    if mapped == {X, Y}:
        return replace(conv, batch=conv.batch * count)
    if mapped == {W, Y}:
        return replace(conv, out_channels=conv.out_channels * count)
    if mapped == {X, W}:
        return replace(conv, in_channels=conv.in_channels * count)
    return replace(conv, groups=conv.groups * count)
