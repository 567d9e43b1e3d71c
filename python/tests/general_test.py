"""conv_general has the meaning of jax.lax.conv_general_dilated."""

from collections import namedtuple

import numpy as np
import pytest
from definition import conv, whole_numbers

from faltung import functional as F


def dilated(x, factors):
    shape = [0 if n == 0 else (n - 1) * f + 1 for n, f in zip(x.shape[2:], factors)]
    result = np.zeros((*x.shape[:2], *shape), x.dtype)
    result[(slice(None), slice(None), *(slice(None, None, f) for f in factors))] = x
    return result


def by_definition(lhs, rhs, strides, pads, lhs_dilation, rhs_dilation, groups, batch_groups):
    x = dilated(lhs, lhs_dilation)
    keep = tuple(slice(max(-low, 0), n - max(-high, 0)) for (low, high), n in zip(pads, x.shape[2:]))
    x = x[(slice(None), slice(None), *keep)]
    pads = [(max(low, 0), max(high, 0)) for low, high in pads]
    parts = zip(np.split(x, batch_groups, 0), np.split(rhs, batch_groups, 0))
    return np.concatenate([conv(a, b, None, strides, pads, rhs_dilation, groups) for a, b in parts], 1)


@pytest.mark.parametrize("seed", range(40))
def test_random_parameters(seed):
    random = np.random.default_rng(seed)
    rank = int(random.integers(1, 4))
    groups, batch_groups = [(1, 1), (2, 1), (1, 2), (3, 1)][random.integers(4)]
    strides, into, over = (tuple(int(v) for v in random.integers(1, 4, rank)) for _ in range(3))
    if seed % 3 == 0:
        strides = (1,) * rank
    taps = tuple(int(v) for v in random.integers(1, 4, rank))
    pads = [(int(a), int(b)) for a, b in random.integers(-1, 4, (rank, 2))]
    extents = tuple(int(v) for v in random.integers(8, 10, rank))
    lhs = whole_numbers(2 * batch_groups, 2 * groups, *extents, seed=seed)
    rhs = whole_numbers(2 * groups * batch_groups, 2, *taps, seed=seed + 1)
    y = F.conv_general(lhs, rhs, strides, pads, into, over, None, groups, batch_groups)
    assert np.array_equal(y, by_definition(lhs, rhs, strides, pads, into, over, groups, batch_groups))


def test_dimension_numbers():
    lhs, rhs = whole_numbers(2, 9, 8, 3), whole_numbers(3, 2, 3, 4, seed=1)
    expected = conv(lhs.transpose(0, 3, 1, 2), rhs.transpose(3, 2, 0, 1)).transpose(0, 2, 3, 1)
    numbers = namedtuple("ConvDimensionNumbers", "lhs_spec rhs_spec out_spec")
    for given in (("NHWC", "HWIO", "NHWC"), numbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))):
        y = F.conv_general(lhs, rhs, (1, 1), "VALID", dimension_numbers=given)
        assert y.flags.c_contiguous and np.array_equal(y, expected)
    turned = F.conv_general(lhs, rhs, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "CWNH"))
    assert np.array_equal(turned, expected.transpose(3, 2, 0, 1))


def test_numbers_for_axes_are_in_the_order_of_the_letters_of_rhs():
    lhs, rhs = whole_numbers(2, 3, 8, 9), whole_numbers(4, 3, 2, 3, seed=1)
    expected = F.conv_general(lhs, rhs, (1, 2), [(0, 1), (2, 0)])
    turned = lhs.transpose(0, 1, 3, 2)
    assert np.array_equal(F.conv_general(turned, rhs, (1, 2), [(0, 1), (2, 0)], None, None, ("NCWH", "OIHW", "NCHW")), expected)
    turned = rhs.transpose(0, 1, 3, 2)
    assert np.array_equal(F.conv_general(lhs, turned, (2, 1), [(2, 0), (0, 1)], None, None, ("NCHW", "OIWH", "NCHW")), expected)


@pytest.mark.parametrize(("word", "pads"), [("SAME", [(0, 1), (1, 1)]), ("SAME_LOWER", [(1, 0), (1, 1)]), ("VALID", [(0, 0), (0, 0)])])
def test_words_of_padding(word, pads):
    lhs, rhs = whole_numbers(1, 2, 8, 9), whole_numbers(4, 2, 3, 3, seed=1)
    assert np.array_equal(F.conv_general(lhs, rhs, (2, 2), word), conv(lhs, rhs, stride=2, padding=pads))


def test_no_elements():
    y = F.conv_general(np.zeros((0, 3, 2), np.float32), np.ones((4, 3, 1), np.float32), (1,), [(2, 2)], (3,))
    assert y.shape == (0, 4, 8)
    with pytest.raises(ValueError, match="extent in spatial axis 0 is 0"):
        F.conv_general(np.zeros((2, 3, 0), np.float32), np.ones((4, 3, 1), np.float32), (1,), [(2, 2)], (3,))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"padding": "WIDE"}, "WIDE"),
        ({"padding": "SAME", "lhs_dilation": (2, 1)}, "no meaning with lhs_dilation"),
        ({"window_strides": (1,)}, "window_strides has 1"),
        ({"lhs_dilation": (0, 1)}, "lhs_dilation"),
        ({"rhs_dilation": (1, 1, 1)}, "rhs_dilation has 3"),
        ({"dimension_numbers": ("NHWC", "HWIO", "NWXC")}, "same spatial axes"),
        ({"dimension_numbers": ("NHWC", "HWIO", "NHHC")}, "NHHC"),
        ({"dimension_numbers": ("NCH", "OIH", "NCH")}, "lhs has the axes"),
        ({"feature_group_count": 3}, "groups"),
        ({"batch_group_count": 3}, "batch_group_count 3"),
        ({"batch_group_count": 0}, "batch_group_count"),
        ({"batch_group_count": 2, "feature_group_count": 2}, "both"),
    ],
    ids=str,
)
def test_wrong_arguments(wrong, text):
    given = {"window_strides": (1, 1), "padding": "VALID", **wrong}
    with pytest.raises(ValueError, match=text):
        F.conv_general(np.zeros((4, 4, 8, 8), np.float32), np.zeros((4, 4, 3, 3), np.float32), **given)
