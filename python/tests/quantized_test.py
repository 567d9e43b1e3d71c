"""convolution_quantized by hand; ONNX's cases are in onnx_test.py."""

import numpy as np
import pytest

from faltung import functional as F

X = np.arange(100, 160, 10, dtype=np.uint8).reshape(1, 2, 3)
W = np.arange(-3, 5, dtype=np.int8).reshape(2, 2, 2)
BIAS = np.array([7, -7], np.int32)
SUMS = np.array([[[17, -43], [163, 263]]])
SCALE = np.array([1, 2], np.float32)


def test_each_type_of_output():
    assert np.array_equal(F.convolution_quantized(X, W, BIAS, input_zero=110, output="int32"), SUMS)
    real = F.convolution_quantized(X, W, BIAS, input_zero=110, scale=SCALE, output="float32")
    assert real.dtype == np.float32 and np.array_equal(real, SUMS * [[[1], [2]]])
    for output, low, high in (("int8", -128, 127), ("uint8", 0, 255)):
        y = F.convolution_quantized(X, W, BIAS, input_zero=110, scale=SCALE, output_zero=5, output=output)
        assert y.dtype == output and np.array_equal(y, np.clip(SUMS * [[[1], [2]]] + 5, low, high))


def test_an_array_of_ones_own_and_relu():
    out = np.zeros((1, 2, 2), np.int8)
    y = F.convolution_quantized(X, W, BIAS, input_zero=110, scale=SCALE, activation="relu", output_zero=-2, out=out)
    assert y is out and np.array_equal(out, [[[15, -2], [127, 127]]])


@pytest.mark.parametrize(
    "words, part",
    [
        ({}, "the scale is left out"),
        ({"scale": SCALE, "output": "int32"}, "sums in i32 have no scale"),
        ({"scale": SCALE, "output": "int16"}, "output is 'int16'"),
        ({"scale": SCALE, "input_zero": -1}, "input_zero is -1; of u8"),
        ({"scale": SCALE, "input_zero": 1000}, "input_zero is 1000"),
        ({"scale": SCALE, "weight_zero": [1, 2]}, "weight_zero"),
        ({"scale": SCALE, "activation": "gelu"}, "gelu"),
    ],
)
def test_calls_that_mean_nothing(words, part):
    with pytest.raises(ValueError, match=part):
        F.convolution_quantized(X, W, BIAS, **words)
