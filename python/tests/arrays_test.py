"""Arrays come in without a copy, and results are of their kind."""

import array
import gc

import numpy as np
import pytest

import faltung
from faltung import functional as F


def whole_numbers(*shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(dtype)


def by_definition(x, w):
    """A plain convolution over one axis, in 64-bit integers."""
    out = x.shape[-1] - w.shape[-1] + 1
    y = np.zeros((x.shape[0], w.shape[0], out), np.int64)
    for o in range(out):
        y[:, :, o] = np.einsum("nct,oct->no", x[:, :, o : o + w.shape[-1]].astype(np.int64), w.astype(np.int64))
    return y


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16", "i1", "i4", "i8"])
def test_every_type_of_numpy(dtype):
    x, w = whole_numbers(2, 3, 7, dtype=dtype), whole_numbers(4, 3, 3, dtype=dtype, seed=1)
    y = F.conv1d(x, w)
    assert isinstance(y, np.ndarray) and y.dtype == x.dtype
    assert np.array_equal(y, by_definition(x.real, w.real).astype(dtype))


@pytest.mark.parametrize("dtype", ["u1", "i2", "bool", ">f4", "U4", "O"])
def test_types_without_a_convolution_are_refused(dtype):
    with pytest.raises(ValueError, match="input|type|bool"):
        F.conv1d(np.zeros((1, 1, 4), dtype), np.zeros((1, 1, 2), np.float32))


@pytest.mark.parametrize(
    "view",
    [lambda a: a[:, :, ::2], lambda a: a[:, ::-1, ::-1], lambda a: np.broadcast_to(a[:1], a.shape), lambda a: a.transpose(0, 2, 1)],
    ids=["steps", "backwards", "repeated", "transposed"],
)
def test_any_strides(view):
    x = view(whole_numbers(2, 8, 8))
    w = whole_numbers(4, x.shape[1], 3, seed=1)
    assert np.array_equal(F.conv1d(x, w), by_definition(x, w))
    assert np.array_equal(F.conv1d(x, w[::-1, :, ::-1]), by_definition(x, w[::-1, :, ::-1]))


def test_strides_that_are_no_whole_number_of_elements():
    records = np.zeros((2, 3, 8), [("a", "f4"), ("b", "i1")])
    with pytest.raises(ValueError, match="input has a stride of 5 bytes"):
        F.conv1d(records["a"], np.zeros((1, 3, 2), np.float32))


def test_read_only_arrays_are_read_and_not_written():
    x, w = whole_numbers(2, 3, 8), whole_numbers(4, 3, 3, seed=1)
    x.flags.writeable = w.flags.writeable = False
    out = F.conv1d(x, w)
    assert np.array_equal(out, by_definition(x, w))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        F.conv1d(x, w, out=out)


def test_out_is_written_and_returned():
    x, w = whole_numbers(2, 3, 8), whole_numbers(4, 3, 3, seed=1)
    out = np.full((2, 4, 12), 9, np.float32)[:, :, ::2]
    assert F.conv1d(x, w, out=out) is out
    assert np.array_equal(out, by_definition(x, w))


def test_out_in_the_memory_of_an_operand_is_refused():
    x = whole_numbers(1, 1, 8)
    with pytest.raises(ValueError, match="out"):
        F.conv1d(x, np.ones((1, 1, 1), np.float32), out=x)


@pytest.mark.parametrize("shape", [(0, 3, 8), (2, 0, 8)])
def test_no_elements(shape):
    w = np.zeros((4, shape[1], 3), np.float32)
    y = F.conv1d(np.zeros(shape, np.float32), w, np.ones(4, np.float32))
    assert y.shape == (shape[0], 4, 6) and np.all(y == 1)


def test_no_axes():
    with pytest.raises(ValueError, match="input"):
        F.conv1d(np.float32(1), np.float32(1))


def test_a_result_outlives_what_it_was_made_of():
    x, w = whole_numbers(2, 3, 1000), whole_numbers(4, 3, 3, seed=1)
    expected = by_definition(x, w)
    y = F.conv1d(x, w)
    del x, w
    gc.collect()
    assert np.array_equal(y, expected)


def test_buffers_give_an_array_of_our_own():
    x, w = whole_numbers(1, 3, 8), whole_numbers(4, 3, 3, seed=1)
    y = F.conv1d(memoryview(x), memoryview(w))
    assert isinstance(y, faltung.Array) and y.shape == (1, 4, 6) and y.dtype == "f32"
    assert np.array_equal(np.asarray(y), by_definition(x, w))
    assert np.array_equal(np.from_dlpack(y), by_definition(x, w))
    assert np.array_equal(F.conv1d(y, np.ones((1, 4, 6), np.float32)), [[[by_definition(x, w).sum()]]])


def test_a_buffer_without_axes_enough_is_refused():
    with pytest.raises(ValueError, match="input"):
        F.conv1d(array.array("f", [1, 2, 3]), array.array("f", [1, 2]))


@pytest.mark.parametrize("wrong", [None, 1, "text", [[1.0]], {}, object()])
def test_what_is_no_array_is_refused(wrong):
    with pytest.raises(ValueError, match="^input"):
        F.conv1d(wrong, np.zeros((1, 1, 2), np.float32))
    with pytest.raises(ValueError, match="^weight"):
        F.conv1d(np.zeros((1, 1, 2), np.float32), wrong)


def test_arrays_of_our_own_have_the_functions_in_c():
    assert "dlpack_exchange_api" in repr(type(F.conv1d(memoryview(np.ones((1, 1, 3))), memoryview(np.ones((1, 1, 1))))).__dlpack_c_exchange_api__)
    x, w = whole_numbers(2, 3, 8), whole_numbers(4, 3, 3, seed=1)
    ours = F.conv1d(memoryview(x), memoryview(w))
    again = F.conv1d(ours, np.ones((1, 4, 2), np.float32))
    assert isinstance(again, faltung.Array)
    assert np.array_equal(np.asarray(again), by_definition(by_definition(x, w), np.ones((1, 4, 2))))
    assert F.conv1d(x[:, :, :4], w, out=F.conv1d(memoryview(x[:, :, :4]), memoryview(w))).shape == (2, 4, 2)
