"""patch() routes PyTorch's convolutions, falls back where they mean something else, and says so."""

import gc
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from cases import NAMES, THEIRS, operands

import faltung.torch as ft
from faltung.torch import prepared


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_torch_are_routed_and_restored(name):
    arguments = operands(name)
    theirs = THEIRS[name](*arguments)
    with ft.patch() as census:
        for where in (F, torch):
            torch.testing.assert_close(getattr(where, name)(*arguments, padding=0), theirs)
        getattr(F, name)(arguments[0], weight=arguments[1])
    assert census.routed == {name: 3} and not census.fell_back
    assert getattr(F, name) is getattr(torch, name) is THEIRS[name]
    THEIRS[name](*arguments)
    assert census.routed[name] == 3


def test_modules_are_routed():
    model = torch.nn.Sequential(torch.nn.Conv2d(4, 8, 3, padding="same"), torch.nn.ReLU(), torch.nn.ConvTranspose2d(8, 2, 2, stride=2))
    x = torch.randn(2, 4, 6, 6)
    expected = model(x)
    with ft.patch() as outer, ft.patch() as census:
        torch.testing.assert_close(model(x), expected)
    assert outer.routed == census.routed == {"conv2d": 1, "conv_transpose2d": 1}


def test_an_exception_restores_too():
    with pytest.raises(KeyError), ft.patch():
        raise KeyError
    assert F.conv2d is THEIRS["conv2d"]


def test_falls_back_with_reasons(capsys):
    x, w = torch.ones(1, 4, 6, 6), torch.ones(2, 4, 3, 3)
    with ft.patch(report=True) as census:
        assert F.conv2d(x[:, :0], w[:, :0]).shape == (1, 0, 4, 4)
        F.conv2d(x.byte(), w.byte())
        F.conv2d(x.to("meta"), w.to("meta"))
        F.conv2d(x.to_mkldnn(), w.to_mkldnn())

        class Marked(torch.Tensor):
            pass

        F.conv2d(x.as_subclass(Marked), w)
    reasons = "\n".join(reason for _, reason in census.fell_back)
    for part in ("no input channels", "u8", "on meta", "_mkldnn", "Marked"):
        assert part in reasons
    assert census.fell_back.total() == 5 and not census.routed
    assert capsys.readouterr().out == f"{census}\n" and "PyTorch: " in str(census)


@pytest.mark.parametrize("wants_graph", [False, True])
def test_what_means_something_else_to_pytorch(wants_graph):
    """However cheap the way that a call takes."""
    x, w = torch.ones(1, 4, 6, 6), torch.ones(2, 4, 3, 3, requires_grad=wants_graph)
    with ft.patch() as census:
        assert F.conv2d(x[:, :0], w[:, :0]).shape == (1, 0, 4, 4)
        for padding in ("causal", [(0, 1), (1, 0)], ((0, 1), (1, 0))):
            with pytest.raises((RuntimeError, TypeError)):
                F.conv2d(x, w, padding=padding)
        with pytest.raises(RuntimeError):
            F.conv2d(x, w, padding="same", stride=2)
        with pytest.raises(RuntimeError):
            F.conv1d(x, w)
        assert not census.routed and census.fell_back.total() == 1
        assert F.conv2d(x, w, padding="same").shape == (1, 2, 6, 6) and census.routed == {"conv2d": 1}


def test_errors_are_those_of_pytorch():
    x, w = torch.ones(1, 4, 6, 6), torch.ones(2, 4, 3, 3)
    wrong = [
        lambda: F.conv2d(x, w, stride=0),
        lambda: F.conv2d(x, w, padding="same", stride=2),
        lambda: F.conv2d(x, w, padding="causal"),
        lambda: F.conv2d(x, w, padding=[(1, 1), (1, 1)]),
        lambda: F.conv2d(x, w[:, :1]),
        lambda: F.conv2d(x, w.double()),
        lambda: F.conv1d(x, w),
        lambda: F.conv2d(x, None),
        lambda: F.conv_transpose2d(x, w, padding="same"),
    ]
    for call in wrong:
        with pytest.raises((RuntimeError, TypeError)) as theirs:
            call()
        with ft.patch() as census, pytest.raises(theirs.type) as ours:
            call()
        assert not census.fell_back and not census.routed
        assert str(ours.value)[:35] == str(theirs.value)[:35]


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled_code(backend):
    torch._dynamo.reset()
    model = torch.nn.Sequential(torch.nn.Conv2d(4, 8, 3), torch.nn.ReLU(), torch.nn.Conv2d(8, 2, 3))
    x = torch.randn(1, 4, 8, 8)
    expected = model(x)
    compiled = torch.compile(model, backend=backend, fullgraph=True)
    compiled(x)
    with ft.patch() as census:
        torch.testing.assert_close(compiled(x), expected)
        compiled(x).sum().backward()
        empty = torch.compile(lambda x, w: F.conv2d(x, w), backend=backend, fullgraph=True)
        assert empty(x[:, :0], torch.ones(2, 0, 3, 3)).shape[1] == 0
    assert census.compiled == 4 and any("no input channels" in reason for _, reason in census.fell_back)
    compiled(x)
    assert census.compiled == 4


@torch.backends.nnpack.flags(enabled=False)  # plain sums: what is compared are weights, not Winograd's errors
def test_weights_are_prepared_once_and_dropped_with_their_version():
    prepared.forget()
    model = torch.nn.Sequential(torch.nn.Conv2d(16, 32, 3), torch.nn.ConvTranspose2d(32, 4, 3))
    x = torch.randn(1, 16, 12, 12)
    held = lambda: [len(entry.convolutions) for entry in prepared.entries.values()]  # noqa: E731
    with torch.inference_mode(), ft.patch() as census:
        for _ in range(3):
            torch.testing.assert_close(model(x), torch.nn.Sequential.forward(model, x))
        assert held() == [1, 1] and census.routed.total() == 12
        model(x[..., 1:])
        assert held() == [2, 2]
        model[0].weight.mul_(2)
    with torch.no_grad():
        model[1].weight.mul_(3)
    expected = model(x)
    with torch.inference_mode(), ft.patch():
        torch.testing.assert_close(model(x), expected)
        assert held() == [0, 0]
        model(x)
        assert held() == [1, 1]
    model[0].weight.data = model[0].weight.data * 2  # another place in memory, the same version
    expected = model(x)
    with torch.inference_mode(), ft.patch():
        torch.testing.assert_close(model(x), expected)
    del model, expected
    gc.collect()
    assert held() == []


def test_tensors_of_inference_mode_are_not_prepared():
    prepared.forget()
    with torch.inference_mode():
        x, w = torch.randn(1, 4, 6, 6), torch.randn(2, 4, 3, 3)
        for _ in range(3):
            ft.conv2d(x, w)
            w += 1
            torch.testing.assert_close(ft.conv2d(x, w), F.conv2d(x, w))
    assert not prepared.entries


def test_the_module_is_not_needed_without_torch():
    code = "import sys; sys.modules['torch'] = None; import faltung"
    subprocess.run([sys.executable, "-c", code], check=True)
