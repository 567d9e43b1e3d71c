"""Gradients, their own gradients, and all of it mapped over an axis."""

import numpy as np
import pytest
from definition import conv, gradients, whole_numbers

import faltung
from faltung import functional as F

EXACT = faltung.Numerics(transforms=False)  # these sums of whole numbers are right to the last bit

OPTIONS = [{}, {"stride": 2, "padding": 1}, {"dilation": 2}, {"groups": 2}]


def operands(options, rank=2):
    x = whole_numbers(2, 4, *(6, 5, 4)[:rank], dtype=np.float64)
    w = whole_numbers(4, 4 // options.get("groups", 1), *(3, 2, 2)[:rank], dtype=np.float64, seed=1)
    g = whole_numbers(*conv(x, w, **options).shape, dtype=np.float64, seed=2)
    return g, x, w


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_backward(options):
    g, x, w = operands(options)
    by_input, by_weight, by_bias = F.convolution_backward(g, x, w, numerics=EXACT, **options)
    expected_input, expected_weight = gradients(g, x, w, **options)
    assert np.array_equal(by_input, expected_input)
    assert np.array_equal(by_weight, expected_weight)
    assert np.array_equal(by_bias, g.sum((0, 2, 3)))


def test_backward_mask_and_out():
    g, x, w = operands({})
    all_three = F.convolution_backward(g, x, w)
    for i in range(3):
        mask = [i == j for j in range(3)]
        assert [r is None for r in F.convolution_backward(g, x, w, output_mask=mask)] == [not m for m in mask]
    out = (None, np.empty_like(w), None)
    assert F.convolution_backward(g, x, w, out=out) is out
    assert np.array_equal(out[1], all_three[1])


def test_transposed_backward():
    y, w = whole_numbers(2, 4, 5, dtype=np.float64), whole_numbers(4, 3, 3, dtype=np.float64, seed=1)
    g = whole_numbers(2, 3, 11, dtype=np.float64, seed=2)
    by_input, by_weight, by_bias = F.convolution_backward(g, y, w, 2, 0, 1, True)
    assert np.array_equal(by_input, conv(g, w, stride=2))
    assert (by_weight * w).sum() == (by_input * y).sum() == (F.conv_transpose1d(y, w, stride=2) * g).sum()
    assert np.array_equal(by_bias, g.sum((0, 2)))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_double_backward(options):
    g, x, w = operands(options)
    ggx, ggw, ggb = whole_numbers(*x.shape, dtype=np.float64, seed=3), whole_numbers(*w.shape, dtype=np.float64, seed=4), whole_numbers(4, dtype=np.float64, seed=5)
    by_grad, by_input, by_weight = F.convolution_double_backward(ggx, ggw, ggb, g, x, w, numerics=EXACT, **options)
    assert np.array_equal(by_grad, conv(ggx, w, **options) + conv(x, ggw, ggb, **options))
    assert np.array_equal(by_input, gradients(g, x, ggw, **options)[0])
    assert np.array_equal(by_weight, gradients(g, ggx, w, **options)[1])


def test_double_backward_of_little():
    g, x, w = operands({})
    by_grad, by_input, by_weight = F.convolution_double_backward(None, None, None, g, x, w, output_mask=(True, False, True))
    assert not by_grad.any() and by_input is None and not by_weight.any()


def test_complex_gradients_are_conjugated():
    x, w = whole_numbers(1, 2, 5, dtype=np.complex64) * (1 + 1j), whole_numbers(3, 2, 2, dtype=np.complex64, seed=1) * (2 - 1j)
    g = whole_numbers(1, 3, 4, dtype=np.complex64, seed=2) * 1j
    by_input, _, _ = F.convolution_backward(g, x, w)
    assert np.array_equal(by_input, F.conv_transpose1d(g, w.conj()))


def test_per_sample_gradients():
    g, x, w = operands({"stride": 2})
    by_weight, by_bias = F.per_sample_gradients(g, x, w, stride=2)
    for i in range(len(x)):
        _, expected_weight, expected_bias = F.convolution_backward(g[i : i + 1], x[i : i + 1], w, stride=2)
        assert np.array_equal(by_weight[i], expected_weight) and np.array_equal(by_bias[i], expected_bias)


@pytest.mark.parametrize("in_dims", [(0, None, None), (None, 0, None), (0, 0, 0), (1, -1, None), 0], ids=str)
def test_mapped(in_dims):
    dims = (in_dims,) * 3 if isinstance(in_dims, int) else in_dims
    shapes = [(2, 3, 7), (4, 3, 3), (4,)]
    given, single = [], []
    for seed, (shape, axis) in enumerate(zip(shapes, dims)):
        stack = [whole_numbers(*shape, seed=10 * seed + i) for i in range(5)]
        single.append(stack if axis is not None else stack[:1] * 5)
        given.append(np.stack(stack, axis) if axis is not None else stack[0])
    y = F.convolution(*given, in_dims=in_dims)
    assert y.shape == (5, 2, 4, 5)
    for i in range(5):
        assert np.array_equal(y[i], conv(*(stack[i] for stack in single)))
    out = np.empty_like(y)
    assert F.convolution(*given, in_dims=in_dims, out=out) is out and np.array_equal(out, y)


def test_mapped_gradients():
    x, w, g = (whole_numbers(5, *shape, seed=i) for i, shape in enumerate([(2, 3, 7), (4, 3, 3), (2, 4, 5)]))
    first = F.convolution_backward(g, x, w, in_dims=0)
    second = F.convolution_double_backward(x, w, None, g, x, w, in_dims=(0, 0, None, 0, 0, 0))
    for i in range(5):
        for mapped, expected in zip(first, F.convolution_backward(g[i], x[i], w[i])):
            assert np.array_equal(mapped[i], expected)
        for mapped, expected in zip(second, F.convolution_double_backward(x[i], w[i], None, g[i], x[i], w[i])):
            assert np.array_equal(mapped[i], expected)


def test_a_result_that_no_mapped_operand_changes_may_be_written():
    x, w, g = whole_numbers(2, 3, 7), whole_numbers(4, 3, 3), whole_numbers(5, 2, 4, 5)
    by_input, by_weight, by_bias = F.convolution_backward(g, x, w, in_dims=(0, None, None))
    y = F.convolution(x, w, whole_numbers(5, 4), in_dims=(None, None, 0))
    for result in (by_input, by_weight, by_bias, y):
        result[0] = 99
        assert not (result[1] == 99).any()


def test_wrong_masks_and_axes():
    g, x, w = operands({})
    for wrong, text in [
        ({"output_mask": (True, True)}, "output_mask"),
        ({"output_mask": 1}, "output_mask"),
        ({"in_dims": (0, 0)}, "in_dims"),
        ({"in_dims": 9}, "in_dims"),
        ({"in_dims": "abc"}, "in_dims"),
        ({"in_dims": 4}, "axis|mapped"),
        ({"out": (None, None)}, "out"),
    ]:
        with pytest.raises(ValueError, match=text):
            F.convolution_backward(g, x, w, **wrong)
    with pytest.raises(ValueError, match="in_dims is given with"):
        F.convolution(x, w, in_dims=(0, None, None), activation="relu")
    with pytest.raises(ValueError, match="grad_output"):
        F.convolution_backward(g[:, :, 1:], x, w)
