"""What scipy.signal and scipy.ndimage compute, on small arrays."""

import numpy as np
import pytest
from definition import whole_numbers

from faltung import functional as F

signal = pytest.importorskip("scipy.signal")
ndimage = pytest.importorskip("scipy.ndimage")
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def flipped(kernel):
    return kernel[(slice(None, None, -1),) * kernel.ndim]


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize("taps", [3, 4])
def test_convolve(rank, mode, taps):
    x, k = whole_numbers(*(9, 8, 7)[:rank], dtype=np.float64), whole_numbers(*(taps, 3, 2)[:rank], dtype=np.float64, seed=1)
    # SciPy centres an even filter to the left: the larger half of the padding is low.
    padding = "same_lower" if mode == "same" else mode
    expected = signal.convolve(x, k, mode=mode, method="direct")
    assert np.array_equal(CONV[rank](x[None, None], flipped(k)[None, None], padding=padding)[0, 0], expected)


@pytest.mark.parametrize("mode", ["valid", "full"])
def test_complex_convolve(mode):
    x, k = whole_numbers(9, dtype=np.complex128) * (1 + 2j), whole_numbers(4, dtype=np.complex128, seed=1) * (2 - 1j)
    expected = signal.convolve(x, k, mode=mode, method="direct")
    assert np.array_equal(F.conv1d(x[None, None], k[None, None, ::-1], padding=mode)[0, 0], expected)


def test_upfirdn():
    x, h = whole_numbers(2, 20, dtype=np.float64), whole_numbers(5, dtype=np.float64, seed=1)
    up, down = 3, 2
    expected = signal.upfirdn(h, x, up, down)
    inserted = F.conv_transpose1d(x[:, None], h[None, None], stride=up)[:, 0, ::down]
    y = F.conv_general(x[:, None], h[None, None, ::-1], (down,), [(4, 4)], lhs_dilation=(up,))[:, 0]
    assert np.array_equal(y, expected) and np.array_equal(inserted, expected)


def test_lfilter():
    x, b = whole_numbers(3, 30, dtype=np.float64), whole_numbers(6, dtype=np.float64, seed=1)
    assert np.array_equal(F.conv1d(x[:, None], b[None, None, ::-1], padding="causal")[:, 0], signal.lfilter(b, [1], x))


@pytest.mark.parametrize(("mode", "border"), [("mirror", "reflect"), ("nearest", "replicate"), ("grid-wrap", "circular"), ("constant", "zeros")])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_ndimage(rank, mode, border):
    x, k = whole_numbers(*(9, 8, 7)[:rank], dtype=np.float64), whole_numbers(*(5, 3, 3)[:rank], dtype=np.float64, seed=1)
    expected = ndimage.convolve(x, k, mode=mode)
    assert np.array_equal(CONV[rank](x[None, None], flipped(k)[None, None], padding="same", padding_mode=border)[0, 0], expected)
    expected = ndimage.correlate(x, k, mode=mode)
    assert np.array_equal(CONV[rank](x[None, None], k[None, None], padding="same", padding_mode=border)[0, 0], expected)


def test_scipys_words_are_known():
    x, k = whole_numbers(1, 1, 9, dtype=np.float64), whole_numbers(1, 1, 3, dtype=np.float64, seed=1)
    for theirs, ours in (("mirror", "reflect"), ("nearest", "replicate"), ("wrap", "circular")):
        assert np.array_equal(F.conv1d(x, k, padding=1, padding_mode=theirs), F.conv1d(x, k, padding=1, padding_mode=ours))
