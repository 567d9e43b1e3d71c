"""PyTorch's tensors as arrays: through DLPack's functions in C, with what those do not say."""

import gc

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from definition import whole_numbers  # noqa: E402

from faltung import functional as F  # noqa: E402


def tensor(*shape, dtype=torch.float32, seed=0):
    return torch.from_numpy(whole_numbers(*shape, seed=seed)).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.complex64, torch.int32, torch.int64])
def test_every_type(dtype):
    x, w = tensor(2, 3, 9, dtype=dtype), tensor(4, 3, 3, dtype=dtype, seed=1)
    y = F.conv1d(x, w)
    assert type(y) is torch.Tensor and y.dtype == dtype
    assert torch.equal(y.to(torch.complex128), torch.nn.functional.conv1d(x.to(torch.complex128), w.to(torch.complex128)).to(dtype).to(torch.complex128))


def test_conjugate_and_negative_views_mean_what_they_say():
    x, w = tensor(2, 3, 9, dtype=torch.complex64) * (1 + 2j), tensor(4, 3, 3, dtype=torch.complex64, seed=1) * (2 - 1j)
    assert x.conj().is_conj() and x.conj().imag.is_neg()
    assert torch.equal(F.conv1d(x.conj(), w), F.conv1d(x.conj().resolve_conj(), w))
    assert torch.equal(F.conv1d(x, w.conj()), F.conv1d(x, w.conj().resolve_conj()))
    assert torch.equal(F.conv1d(x.conj().imag, w.real.contiguous()), F.conv1d(-x.imag, w.real))
    g = F.conv1d(x, w).conj()
    for mine, expected in zip(F.convolution_backward(g, x.conj(), w), F.convolution_backward(g.resolve_conj(), x.conj().resolve_conj(), w)):
        assert torch.equal(mine, expected)
    with pytest.raises(ValueError, match="^out"):
        F.conv1d(x.real, w.real, out=torch.zeros(2, 4, 7, dtype=torch.complex64).conj().imag)


def test_channels_last_stays():
    x, w = tensor(2, 8, 9, 9).to(memory_format=torch.channels_last), tensor(4, 8, 3, 3, seed=1)
    y = F.conv2d(x, w)
    assert y.is_contiguous(memory_format=torch.channels_last) and not y.is_contiguous()
    assert torch.equal(y, torch.nn.functional.conv2d(x, w))


def test_no_graph_is_lost_in_silence():
    x, w = tensor(2, 3, 9), torch.nn.Parameter(tensor(4, 3, 3, seed=1))
    with pytest.raises(ValueError, match="weight requires a gradient"):
        F.conv1d(x, w)
    with torch.no_grad():
        assert not F.conv1d(x, w).requires_grad
    assert not F.convolution(x, w).requires_grad


@pytest.mark.parametrize("make", [lambda x: x.to_sparse(), lambda x: x.to("meta"), lambda x: x.to_mkldnn(), lambda x: x > 0, lambda x: x.to(torch.float8_e4m3fn)])
def test_tensors_without_such_memory_are_refused(make):
    with pytest.raises(ValueError, match="input") as refused:
        F.conv1d(make(tensor(2, 3, 9)), tensor(4, 3, 3))
    assert "\n" not in str(refused.value)


def test_results_live_and_are_freed():
    x, w = tensor(2, 3, 9), tensor(4, 3, 3, seed=1)
    y = F.conv1d(x, w)
    expected = torch.nn.functional.conv1d(x, w)
    del x, w
    gc.collect()
    part = y[0]
    del y
    assert torch.equal(part, expected[0])
    part += 1
    assert torch.equal(part, expected[0] + 1)


def test_kinds_mix():
    x, w = tensor(2, 3, 9), whole_numbers(4, 3, 3, seed=1)
    y = F.conv1d(x, w)
    assert type(y) is torch.Tensor
    z = F.conv1d(x.numpy(), torch.from_numpy(w))
    assert isinstance(z, np.ndarray) and np.array_equal(y.numpy(), z)
    out = torch.empty(2, 4, 7)
    assert F.conv1d(x.numpy(), w, out=out) is out and torch.equal(out, y)


def test_prepared_weights_outlive_their_tensor():
    import faltung

    x, w = tensor(2, 3, 9), tensor(4, 3, 3, seed=1)
    expected = F.conv1d(x, w)
    layer = faltung.prepare(faltung.problem(x, w), w, faltung.Policy(only="reference"))
    w.data = torch.zeros(1)
    del w
    gc.collect()
    assert torch.equal(layer(x), expected)


def test_arrays_of_our_own_become_tensors():
    ours = F.conv1d(memoryview(whole_numbers(2, 3, 9)), memoryview(whole_numbers(4, 3, 3, seed=1)))
    theirs = torch.from_dlpack(ours)
    assert torch.equal(theirs, F.conv1d(tensor(2, 3, 9), tensor(4, 3, 3, seed=1)))
    del ours
    gc.collect()
    theirs += 1
