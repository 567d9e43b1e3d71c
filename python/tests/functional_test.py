"""The functions of faltung.functional have the meaning of torch.nn.functional's."""

import math

import numpy as np
import pytest
from definition import conv, whole_numbers

import faltung
from faltung import functional as F

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "padding": 2}, {"groups": 2}], ids=str)
def test_convolutions(rank, options):
    x = whole_numbers(2, 4, *(7, 6, 5)[:rank])
    w, b = whole_numbers(6, 4 // options.get("groups", 1), *(3, 2, 2)[:rank], seed=1), whole_numbers(6, seed=2)
    assert np.array_equal(CONV[rank](x, w, b, **options), conv(x, w, b, **options))
    assert np.array_equal(F.convolution(x, w, b, **options), conv(x, w, b, **options))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_convolutions_are_adjoint(rank):
    options = {"stride": 2, "padding": 1, "dilation": 1, "groups": 2}
    x, w = whole_numbers(2, 4, *(7, 6, 5)[:rank]), whole_numbers(6, 2, *(3, 3, 3)[:rank], seed=1)
    y = CONV[rank](x, w, **options)
    g = whole_numbers(*y.shape, seed=2)
    out = [(n + 1) % 2 for n in (7, 6, 5)[:rank]]
    back = CONV_TRANSPOSE[rank](g, w, output_padding=[1 - (n % 2) for n in (7, 6, 5)[:rank]], **options)
    assert back.shape == x.shape and (back * x).sum() == (y * g).sum(), out
    positional = CONV_TRANSPOSE[rank](g, w, None, 2, 1, [1 - (n % 2) for n in (7, 6, 5)[:rank]], 2, 1)
    assert np.array_equal(back, positional)


def test_no_batch():
    x, w = whole_numbers(3, 8), whole_numbers(4, 3, 3, seed=1)
    assert np.array_equal(F.conv1d(x, w), conv(x[None], w)[0])


@pytest.mark.parametrize(
    ("padding", "pads"),
    [("valid", (0, 0)), ("same", (1, 2)), ("same_lower", (2, 1)), ("causal", (3, 0)), ("full", (3, 3)), ([(2, -1)], (2, -1)), ((1,), (1, 1))],
    ids=str,
)
def test_padding(padding, pads):
    x, w = whole_numbers(2, 3, 9), whole_numbers(4, 3, 4, seed=1)
    low, high = pads
    cropped = x[:, :, : x.shape[2] + min(high, 0)]
    assert np.array_equal(F.conv1d(x, w, padding=padding), conv(cropped, w, padding=[(low, max(high, 0))]))


@pytest.mark.parametrize(("mode", "of_numpy"), [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap"), ("symmetric", "symmetric")])
def test_padding_mode(mode, of_numpy):
    x, w = whole_numbers(2, 3, 9, 8), whole_numbers(4, 3, 3, 3, seed=1)
    padded = np.pad(x, [(0, 0), (0, 0), (2, 2), (2, 2)], mode=of_numpy)
    assert np.array_equal(F.conv2d(x, w, padding=2, padding_mode=mode), conv(padded, w))


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ("relu", lambda v: np.maximum(v, 0)),
        ("relu6", lambda v: np.clip(v, 0, 6)),
        ("sigmoid", lambda v: 1 / (1 + np.exp(-v))),
        ("tanh", np.tanh),
        ("silu", lambda v: v / (1 + np.exp(-v))),
        ("gelu", lambda v: v * 0.5 * (1 + np.vectorize(math.erf)(v / math.sqrt(2)))),
    ],
)
def test_fused(activation, function):
    x, w, b, z = (whole_numbers(*shape, dtype=np.float64, seed=i) for i, shape in enumerate([(2, 3, 9), (4, 3, 3), (4,), (2, 4, 7)]))
    expected = function(conv(x, w, b) + 0.5 * z)
    assert np.allclose(F.conv1d(x, w, b, activation=activation, z=z, alpha=0.5), expected, rtol=1e-12, atol=1e-12)
    assert F.conv1d(x, w, b, activation=activation, z=z, alpha=0.5, out=z) is z
    assert np.allclose(z, expected, rtol=1e-12, atol=1e-12)


def test_settings_are_heeded():
    x, w = whole_numbers(1, 3, 9), whole_numbers(4, 3, 3, seed=1)
    policy = faltung.Policy(only="reference", threads=1)
    assert np.array_equal(F.conv1d(x, w, policy=policy, numerics=faltung.Numerics(accumulate="f64")), conv(x, w))
    large = faltung.Numerics(large_tiles=True)
    assert large != faltung.Numerics() and large.large_tiles and "large_tiles=True" in repr(large)
    with pytest.raises(ValueError, match="no_such_engine"):
        F.conv1d(x, w, policy=faltung.Policy(only="no_such_engine"))
    with pytest.raises(faltung.UnsupportedError, match="cpu.window"):
        F.conv2d(whole_numbers(1, 64, 9, 9), whole_numbers(64, 64, 3, 3), policy=faltung.Policy(only="cpu.window"))


X, W = np.zeros((1, 4, 8, 8), np.float32), np.zeros((4, 4, 3, 3), np.float32)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"stride": 0}, "stride"),
        ({"stride": "2"}, "stride is str; an integer is needed"),
        ({"stride": (1, 2, 3)}, "stride"),
        ({"stride": 2**70}, "stride does not fit into 64 bits"),
        ({"stride": 1.5}, "stride is float; an integer is needed"),
        ({"stride": [1] * 20}, "stride has 20 values"),
        ({"padding": "wide"}, 'padding mode "wide" is unknown'),
        ({"padding": -1}, "padding"),
        ({"padding": [(1, 2, 3), (1, 1)]}, "padding has 3 amounts"),
        ({"padding": None}, "padding is NoneType"),
        ({"padding": "\ud800"}, "padding is no valid text"),
        ({"dilation": 0}, "dilation"),
        ({"groups": 3}, "groups"),
        ({"groups": 0}, "groups"),
        ({"bias": np.zeros(3, np.float32)}, "bias"),
        ({"bias": np.zeros(4)}, "bias"),
        ({"padding_mode": "mirror image", "padding": 1}, "padding_mode"),
        ({"padding_mode": 1}, "padding_mode is int; a word is needed"),
        ({"activation": "swish"}, 'activation "swish" is unknown'),
        ({"z": np.zeros((1, 4, 8, 8), np.float32)}, "z"),
        ({"alpha": 2.0}, "alpha"),
        ({"alpha": "2"}, "alpha is str; a number is needed"),
        ({"out": np.zeros((1, 4, 8, 8), np.float32)}, "out"),
        ({"policy": "measure"}, "policy is str; faltung.Policy is needed"),
        ({"numerics": 1}, "numerics is int; faltung.Numerics is needed"),
        ({"stream": "main"}, "stream is str; an integer is needed"),
    ],
    ids=str,
)
def test_wrong_arguments(wrong, text):
    with pytest.raises(ValueError, match=text):
        F.conv2d(X, W, **wrong)


def test_wrong_shapes():
    for x, w in [(X, W[:, :3]), (X[0, 0], W), (X, W[0]), (X[:, :, :2], W), (X.astype("f8"), W)]:
        with pytest.raises(ValueError, match="conv2d"):
            F.conv2d(x, w)
    with pytest.raises(ValueError, match="weight has 4 axes; a convolution over 1"):
        F.conv1d(X, W, activation="relu")


def test_wrong_names_are_pythons_own_error():
    with pytest.raises(TypeError):
        F.conv2d(X, W, strides=1)
    with pytest.raises(TypeError):
        F.conv2d(X)


def test_wrong_settings():
    for wrong in [{"effort": "more"}, {"effort": "estimate", "threads": -1}]:
        with pytest.raises(ValueError):
            F.conv2d(X, W, policy=faltung.Policy(**wrong))
    with pytest.raises(ValueError, match='accumulate "f31"'):
        faltung.Numerics(accumulate="f31")
