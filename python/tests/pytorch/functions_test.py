"""faltung.torch's functions and modules give PyTorch's results, gradients and layouts."""

import copy

import pytest
import torch
from cases import NAMES, OPTIONS, OURS, THEIRS, operands, rank_of

import faltung
import faltung.torch as ft


@pytest.fixture(autouse=True)
def exact_sums():
    with torch.backends.nnpack.flags(enabled=False):
        yield


def same(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.complex64], ids=str)
def test_results_and_gradients(name, options, dtype):
    arguments = operands(name, options.get("groups", 1), dtype)
    ours, theirs = OURS[name](*arguments, **options), THEIRS[name](*arguments, **options)
    same(ours, theirs)
    grad = torch.ones_like(theirs)
    for a, b in zip(torch.autograd.grad(ours, arguments, grad), torch.autograd.grad(theirs, arguments, grad)):
        same(a, b)


@pytest.mark.parametrize("name", NAMES)
def test_no_batch_and_no_bias(name):
    x, w, _ = operands(name, batch=None)
    same(OURS[name](x, w), THEIRS[name](x, w))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("needed", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)], ids=str)
def test_only_wanted_gradients(name, needed):
    arguments = [t.detach().requires_grad_(bool(n)) for t, n in zip(operands(name), needed)]
    OURS[name](*arguments).sum().backward()
    assert [t.grad is not None for t in arguments] == [bool(n) for n in needed]


@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
def test_layout_of_results(memory_format):
    x, w, b = operands("conv2d", dtype=torch.float32)
    x = x.detach().to(memory_format=memory_format).requires_grad_()
    y = ft.conv2d(x, w, b)
    assert y.is_contiguous(memory_format=memory_format)
    assert torch.autograd.grad(y.sum(), x)[0].is_contiguous(memory_format=memory_format)


def test_words_and_sides_of_padding():
    x, w, b = operands("conv2d")
    for padding, pads in [("same", (0, 1, 1, 1)), ("causal", (1, 0, 2, 0)), ("full", (1, 1, 2, 2)), ([(0, 2), (1, -1)], (1, -1, 0, 2))]:
        expected = torch.nn.functional.conv2d(torch.nn.functional.pad(x, pads), w, b)
        same(ft.conv2d(x, w, b, padding=padding), expected)
        with torch._subclasses.FakeTensorMode(allow_non_fake_inputs=True):
            assert ft.conv2d(x, w, b, padding=padding).shape == expected.shape
    strided = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (0, 1, 0, 1)), w, b, stride=2)
    same(ft.conv2d(x, w, b, padding="same", stride=2), strided)


def test_complex_views_and_integers():
    x, w, _ = operands("conv1d", dtype=torch.complex64)
    same(ft.conv1d(x.conj(), w.conj().resolve_conj()), torch.nn.functional.conv1d(x.conj(), w.conj()))
    x, w, _ = operands("conv1d", dtype=torch.int64)
    same(ft.conv1d(x, w), torch.nn.functional.conv1d(x, w))


def test_refused_calls():
    x, w, b = operands("conv2d")
    for wrong, text in [(dict(stride=0), "stride"), (dict(groups=3), "groups"), (dict(padding="wide"), "wide"), (dict(bias=b[1:]), "bias")]:
        with pytest.raises(ValueError, match=text):
            ft.conv2d(x, w, **{"bias": b, **wrong})
    with pytest.raises(ValueError, match="conv1d: weight has 4 axes"):
        ft.conv1d(x, w)
    assert issubclass(faltung.UnsupportedError, RuntimeError)


def test_autocast():
    x, w, b = operands("conv2d", dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours, theirs = ft.conv2d(x, w, b), torch.nn.functional.conv2d(x, w, b)
        assert ours.dtype == theirs.dtype == torch.bfloat16
        same(ours, theirs)
        compiled = torch.compile(ft.conv2d, backend="eager", fullgraph=True)
        same(compiled(x, w, b), theirs)
    ours.sum().backward()
    assert x.grad.dtype == torch.float32


@pytest.mark.parametrize("name", NAMES)
def test_modules_take_each_others_state(name):
    kind = "".join(part.capitalize() for part in name.split("_"))
    kwargs = {"stride": 2, "padding": 1, "groups": 2, **({"output_padding": 1} if "transpose" in name else {})}
    theirs, ours = (getattr(where, kind)(4, 6, 3, **kwargs).double() for where in (torch.nn, ft))
    ours.load_state_dict(theirs.state_dict())
    assert repr(ours) == repr(theirs) and isinstance(ours, getattr(torch.nn, kind))
    x = torch.randn(2, 4, *(6, 5, 4)[: rank_of(name)], dtype=torch.double)
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(copy.deepcopy(ours)(x), theirs(x))
    if "transpose" in name:
        size = [n * 2 - 1 for n in x.shape[2:]]
        torch.testing.assert_close(ours(x, size), theirs(x, size))


@pytest.mark.parametrize("padding_mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [2, "same"])
def test_modules_with_a_padding_mode(padding_mode, padding):
    theirs, ours = (where.Conv2d(3, 4, (3, 4), padding=padding, padding_mode=padding_mode).double() for where in (torch.nn, ft))
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 6, 7, dtype=torch.double, requires_grad=True)
    torch.testing.assert_close(ours(x), theirs(x))
    compiled = torch.compile(ours, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), theirs(x))
    grads = [torch.autograd.grad(m(x).square().sum(), [x, *m.parameters()]) for m in (ours, theirs)]
    torch.testing.assert_close(*grads)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU")
@pytest.mark.parametrize("name", NAMES)
def test_cuda_tensors_on_the_current_stream(name):
    arguments = [t.detach().cuda().requires_grad_() for t in operands(name)]
    with torch.cuda.stream(torch.cuda.Stream()):
        ours, theirs = OURS[name](*arguments), THEIRS[name](*arguments)
        same(ours, theirs)
        for a, b in zip(torch.autograd.grad(ours.sum(), arguments), torch.autograd.grad(theirs.sum(), arguments)):
            same(a, b)


def test_transforms_are_a_switch_of_pytorchs():
    x, w = torch.randn(1, 64, 28, 28), torch.randn(64, 64, 3, 3) / 24
    without = ft.conv2d(x, w)
    with torch.backends.nnpack.flags(enabled=True):
        transformed = ft.conv2d(x, w)
    assert not torch.equal(without, transformed)  # other sums: Winograd's, which is faster there
    torch.testing.assert_close(transformed, without, rtol=1e-4, atol=1e-4)
