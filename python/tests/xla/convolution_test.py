"""faltung.jax.conv_general_dilated beside jax.lax's: values, derivatives and transforms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import conv_case
from jax.test_util import check_grads

from faltung.jax import conv_general_dilated

theirs = jax.lax.conv_general_dilated


def same(ours, others):
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(others), strict=True):
        assert a.dtype == b.dtype and np.array_equal(a, b)


def both(make, *operands):
    same(*(jax.jit(make(conv))(*operands) for conv in (conv_general_dilated, theirs)))


@pytest.mark.parametrize("seed", range(32))
def test_values(seed):
    lhs, rhs, given = conv_case(seed)
    expected = theirs(lhs, rhs, *given)
    same(conv_general_dilated(lhs, rhs, *given), expected)
    same(jax.jit(lambda x, w: conv_general_dilated(x, w, *given))(lhs, rhs), expected)


@pytest.mark.parametrize("seed", range(12))
def test_derivatives_of_both_orders(seed):
    lhs, rhs, given = conv_case(seed)

    def make(conv):
        def loss(x, w):
            return (conv(x, w, *given) ** 2).sum() / 2

        def second(x, w):
            by_x, by_w = jax.grad(loss, (0, 1))(x, w)
            return (by_x.sum() + by_w.sum()) / 2

        def tangent(x, w):
            return jax.jvp(lambda *a: conv(*a, *given), (x, w), (x + 1, w - 1))

        return lambda x, w: (jax.grad(loss, (0, 1))(x, w), tangent(x, w), jax.grad(second, (0, 1))(x, w))

    both(make, lhs, rhs)


@pytest.mark.parametrize("seed", range(12))
def test_mapped(seed):
    lhs, rhs, given = conv_case(seed)
    many_lhs, many_rhs = jnp.stack([lhs, lhs + 1, -lhs], 1), jnp.stack([rhs, 2 * rhs, rhs - 1], -1)
    ways = [((1, -1), (many_lhs, many_rhs)), ((1, None), (many_lhs, rhs)), ((None, -1), (lhs, many_rhs))]

    def make(axes):
        def with_conv(conv):
            def pulled_back(x, w):
                y, pull = jax.vjp(lambda *a: conv(*a, *given), x, w)
                return y, pull(y)

            return jax.vmap(pulled_back, axes)

        return with_conv

    for axes, operands in ways[seed % 3 :][:1]:
        both(make(axes), *operands)


def test_mapped_twice():
    lhs, rhs, given = conv_case(1)
    many_lhs, many_rhs = jnp.stack([lhs, lhs + 1]), jnp.stack([rhs, 2 * rhs, rhs - 1])
    both(lambda conv: jax.vmap(jax.vmap(lambda x, w: conv(x, w, *given), (None, 0)), (0, None)), many_lhs, many_rhs)
    both(lambda conv: jax.vmap(jax.vmap(lambda x, w: conv(x, w, *given), (0, None)), (None, 0)), many_lhs, many_rhs)


def test_derivatives_by_differences():
    with jax.enable_x64(True):
        random = np.random.default_rng(0)
        x, w = random.standard_normal((2, 4, 5, 6)), random.standard_normal((4, 2, 3, 2))
        given = ((2, 1), [(1, 1), (0, 2)], (1, 1), (1, 2), None, 2)
        check_grads(lambda x, w: conv_general_dilated(x, w, *given), (x, w), 2, ["fwd", "rev"])


def test_hessian_and_per_sample_gradients():
    lhs, rhs, given = conv_case(5)
    both(lambda conv: jax.hessian(lambda w: (conv(lhs, w, *given) ** 2).sum() / 2), rhs)
    pixels, kernel = jnp.arange(3 * 6 * 5 * 2.0).reshape(3, 6, 5, 2) % 7 - 3, jnp.ones((2, 2, 2, 3))
    numbers = ("NHWC", "HWIO", "NHWC")

    def make(conv):
        def loss(w, image):
            return (conv(image[None], w, (1, 1), "SAME", dimension_numbers=numbers) ** 2).sum()

        return jax.vmap(jax.grad(loss), (None, 0))

    both(make, kernel, pixels)


def test_within_other_transforms():
    lhs, rhs, given = conv_case(0)
    square = jnp.ones((3, 3, 3))
    given_same = ((1,), "SAME")

    def make(conv):
        def step(state, _):
            return jax.checkpoint(lambda s: conv(s, square, *given_same) / 4)(state), None

        def loss(x):
            return jax.lax.scan(step, x, None, 3)[0].sum()

        return jax.value_and_grad(loss)

    both(make, jnp.ones((2, 3, 8)))
    with jax.disable_jit():
        same(conv_general_dilated(lhs, rhs, *given), theirs(lhs, rhs, *given))
