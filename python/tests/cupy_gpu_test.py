"""CuPy's own arrays, on a machine with a GPU."""

import numpy as np
import pytest
from definition import conv, gradients, whole_numbers

import faltung
from faltung import functional as F

cupy = pytest.importorskip("cupy", reason="CuPy is not installed")


def has_gpu():
    try:
        return cupy.cuda.runtime.getDeviceCount() > 0
    except cupy.cuda.runtime.CUDARuntimeError:
        return False


pytestmark = pytest.mark.skipif(not has_gpu(), reason="CuPy sees no GPU")
EXACT = faltung.Numerics(transforms=False, tf32=False)


def operands():
    return whole_numbers(2, 3, 9), whole_numbers(4, 3, 3, seed=1)


def test_results_are_cupys_and_stay_on_the_gpu():
    x, w = operands()
    y = F.conv1d(cupy.asarray(x), cupy.asarray(w), padding=1, numerics=EXACT)
    assert isinstance(y, cupy.ndarray)
    assert np.array_equal(cupy.asnumpy(y), conv(x, w, padding=1))


def test_gradients():
    x, w = operands()
    g = whole_numbers(2, 4, 7, seed=2)
    ours = F.convolution_backward(*(cupy.asarray(array) for array in (g, x, w)), numerics=EXACT)
    for gradient, expected in zip(ours, gradients(g, x, w)):
        assert np.array_equal(cupy.asnumpy(gradient), expected)


def test_runs_on_the_stream_that_is_given():
    x, w = operands()
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        out = cupy.empty((2, 4, 7), np.float32)
        F.conv1d(cupy.asarray(x), cupy.asarray(w), out=out, stream=stream.ptr, numerics=EXACT)
        doubled = out * 2  # in the same stream, so after it
    stream.synchronize()
    assert np.array_equal(cupy.asnumpy(doubled), 2 * conv(x, w))


def test_strides_are_heeded():
    x, w = operands()
    y = F.conv1d(cupy.asarray(x)[:, :, ::2], cupy.asarray(w), numerics=EXACT)
    assert np.array_equal(cupy.asnumpy(y), conv(np.ascontiguousarray(x[:, :, ::2]), w))
