"""CuPy's arrays, by a stand-in that speaks its DLPack: what is asked of it, and what is made with it. No GPU is needed."""

import ctypes
import sys
import types

import numpy as np
import pytest
from definition import conv, whole_numbers

import faltung
from faltung import functional as F

CPU, CUDA = 1, 2
pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def say_cuda(capsule, versioned):
    """Changes the device that a capsule of NumPy's tells."""
    name, device_at = (b"dltensor_versioned", 40) if versioned else (b"dltensor", 8)
    ctypes.c_int32.from_address(pointer_of(capsule, name) + device_at).value = CUDA
    return capsule


class ndarray:  # noqa: N801
    """As cupy.ndarray: the memory is NumPy's, the device is what the test says."""

    __module__ = "cupy"

    def __init__(self, array, device=CPU, has_versions=True):
        self.array, self.device, self.has_versions, self.asked = array, device, has_versions, []

    def __dlpack_device__(self):
        return self.device, 0

    def __dlpack__(self, **options):
        if not self.has_versions and "max_version" in options:
            raise TypeError("unexpected keyword argument 'max_version'")
        self.asked.append(dict(options))
        options.pop("stream", None)
        capsule = self.array.__dlpack__(**options)
        return say_cuda(capsule, self.has_versions) if self.device == CUDA else capsule


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    module = types.ModuleType("cupy")
    module.from_dlpack = lambda array: ndarray(np.from_dlpack(array))
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module


@pytest.mark.parametrize("has_versions", [True, False], ids=["DLPack 1", "before"])
def test_results_are_made_by_cupy(has_versions):
    x, w = whole_numbers(2, 3, 9), whole_numbers(4, 3, 3, seed=1)
    ours = [ndarray(array, has_versions=has_versions) for array in (x, w)]
    y = F.conv1d(*ours)
    assert type(y) is ndarray and np.array_equal(y.array, conv(x, w))
    assert all(array.asked == [{"max_version": (1, 3)} if has_versions else {}] for array in ours)


def test_read_only_arrays_are_not_written():
    x, w, out = whole_numbers(2, 3, 9), whole_numbers(4, 3, 3, seed=1), np.zeros((2, 4, 7), np.float32)
    F.conv1d(ndarray(x), ndarray(w), out=ndarray(out))
    assert np.array_equal(out, conv(x, w))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        F.conv1d(ndarray(x), ndarray(w), out=ndarray(out))


@pytest.mark.parametrize("has_versions", [True, False], ids=["DLPack 1", "before"])
@pytest.mark.parametrize(("given", "told"), [(None, 1), (4096, 4096)], ids=["default stream", "a stream"])
def test_arrays_on_a_gpu_are_asked_for_on_the_stream(has_versions, given, told):
    w = ndarray(whole_numbers(4, 3, 3), CUDA, has_versions)
    # Refused where there is no GPU, and else since the weight's rank is wrong: this memory is on none.
    with pytest.raises((faltung.UnsupportedError, ValueError)):
        F.conv2d(ndarray(whole_numbers(2, 3, 9), CUDA, has_versions), w, stream=given)
    assert [options["stream"] for options in w.asked] == [told]


def test_devices_are_not_mixed():
    with pytest.raises(ValueError, match="device"):
        F.conv1d(ndarray(whole_numbers(2, 3, 9)), ndarray(whole_numbers(4, 3, 3), CUDA))
