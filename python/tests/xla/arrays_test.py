"""JAX's arrays, through __dlpack__, and conv_general beside jax.lax.conv_general_dilated."""

import jax
import numpy as np
import pytest
from definition import whole_numbers

from faltung import functional as F


def test_results_are_jax_arrays():
    x, w = jax.numpy.asarray(whole_numbers(2, 3, 9)), jax.numpy.asarray(whole_numbers(4, 3, 3, seed=1))
    y = F.conv1d(x, w)
    assert isinstance(y, jax.Array)
    assert np.array_equal(y, jax.lax.conv_general_dilated(x, w, (1,), "VALID"))


def test_jax_arrays_are_not_written():
    x, w = jax.numpy.ones((2, 3, 9)), jax.numpy.ones((4, 3, 3))
    with pytest.raises(ValueError, match="out is read-only"):
        F.conv1d(x, w, out=jax.numpy.ones((2, 4, 7)))


@pytest.mark.parametrize("seed", range(60))
def test_conv_general(seed):
    random = np.random.default_rng(seed)
    rank = int(random.integers(1, 4))
    groups, batch_groups = [(1, 1), (2, 1), (1, 2)][random.integers(3)]
    strides, into, over = (tuple(int(v) for v in random.integers(1, 4, rank)) for _ in range(3))
    if seed % 3 == 0:
        strides = (1,) * rank
    padding = [(int(a), int(b)) for a, b in random.integers(-1, 4, (rank, 2))]
    if seed % 2 == 0:
        padding, into = ["SAME", "SAME_LOWER", "VALID"][random.integers(3)], (1,) * rank
    letters = "DHW"[:rank]
    lhs_spec, rhs_spec, out_spec = ("".join(random.permutation(list("NC" + letters))), "".join(random.permutation(list("OI" + letters))), "".join(random.permutation(list("NC" + letters))))
    sizes = {"N": 2 * batch_groups, "C": 2 * groups, "O": 2 * groups * batch_groups, "I": 2}
    lhs = whole_numbers(*(sizes.get(letter) or 9 for letter in lhs_spec), seed=seed)
    rhs = whole_numbers(*(sizes.get(letter) or int(random.integers(1, 4)) for letter in rhs_spec), seed=seed + 1)
    given = (strides, padding, into, over, (lhs_spec, rhs_spec, out_spec), groups, batch_groups)
    expected = jax.lax.conv_general_dilated(lhs, rhs, *given)
    assert np.array_equal(F.conv_general(lhs, rhs, *given), expected)
    numbers = jax.lax.conv_dimension_numbers(lhs.shape, rhs.shape, (lhs_spec, rhs_spec, out_spec))
    result = F.conv_general(jax.numpy.asarray(lhs), jax.numpy.asarray(rhs), *given[:4], numbers, *given[5:])
    assert isinstance(result, jax.Array) and np.array_equal(result, expected)
