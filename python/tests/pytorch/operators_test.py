"""torch.ops.faltung and the functions over it: derivatives of every order, transforms, compilers."""

import warnings

import pytest
import torch
from cases import NAMES, OPTIONS, OURS, THEIRS, operands
from torch.func import grad, hessian, jacrev, jvp, vmap

import faltung.torch as ft
from faltung.torch import operators
from faltung.torch.options import written_out

warnings.filterwarnings("ignore", message="`torch.jit.script` is deprecated")


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def options_of(name, x, w, stride=1, padding=0, dilation=1, groups=1):
    return written_out((stride, padding, dilation, "transpose" in name, 0, groups, "zeros"), x, w)


def check(operator, arguments):
    assert set(torch.library.opcheck(operator, arguments).values()) == {"SUCCESS"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", OPTIONS[1::2], ids=str)
def test_opcheck(name, given):
    x, w, b = operands(name, given.get("groups", 1))
    options = options_of(name, x, w, **given)
    y = operators.forward(x, w, b, options)
    g = torch.randn_like(y).requires_grad_()
    check(torch.ops.faltung.convolution.default, (x, w, b, *options))
    check(torch.ops.faltung.convolution.default, (x.detach(), w.detach(), None, *options))
    check(torch.ops.faltung.convolution_backward.default, (g, x, w, *options, [True] * 3))
    check(torch.ops.faltung.convolution_backward.default, (g, x, w, *options, [False, True, False]))
    again = [t.detach().clone().requires_grad_() for t in (x, w, b)]
    check(torch.ops.faltung.convolution_double_backward.default, (*again, g, x, w, *options, [True] * 3))


@pytest.mark.parametrize("layout", ["channels_last", "unbatched", "float32"])
def test_shapes_and_strides_are_known_without_running(layout):
    x, w, b = operands("conv2d", dtype=torch.float32, batch=None if layout == "unbatched" else 2)
    if layout == "channels_last":
        w = w.detach().to(memory_format=torch.channels_last).requires_grad_()
    check(torch.ops.faltung.convolution.default, (x, w, b, *options_of("conv2d", x, w, padding=1)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", OPTIONS[1::2], ids=str)
@pytest.mark.parametrize("way", ["gate", "operator"])
def test_gradcheck(name, given, way):
    arguments = operands(name, given.get("groups", 1))
    options = options_of(name, *arguments[:2], **given)
    call = (lambda *a: OURS[name](*a, **given)) if way == "gate" else (lambda *a: operators.forward(*a, options))
    assert torch.autograd.gradcheck(call, arguments, fast_mode=True, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(call, arguments, fast_mode=True, check_fwd_over_rev=True)


@pytest.mark.parametrize("way", ["gate", "operator"])
def test_third_derivative(way):
    x, w, _ = operands("conv2d")
    options = options_of("conv2d", x, w)

    def third(call):
        first = torch.autograd.grad(call(x, w).pow(3).sum(), (x, w), create_graph=True)
        second = torch.autograd.grad(first[0].pow(2).sum(), (x, w), create_graph=True)
        return torch.autograd.grad(second[1].pow(2).sum(), (x, w))

    ours = third(ft.conv2d if way == "gate" else lambda x, w: operators.forward(x, w, None, options))
    torch.testing.assert_close(ours, third(torch.nn.functional.conv2d))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("axes", [(0, None, None), (None, 0, None), (None, None, 0), (1, 0, None), (0, -1, 0), (None, 1, 0)], ids=str)
def test_vmap(name, groups, axes):
    single = operands(name, groups, grad=False)
    given = [torch.stack([t, 2 * t, t - 1], axis) if axis is not None else t for t, axis in zip(single, axes)]
    ours, theirs = (vmap(lambda *a: call(*a, groups=groups), axes)(*given) for call in (OURS[name], THEIRS[name]))
    close(ours, theirs)

    def loss(call, *arguments):
        return call(*arguments, groups=groups).square().sum()

    ours, theirs = (vmap(grad(lambda *a: loss(call, *a), (0, 1, 2)), axes)(*given) for call in (OURS[name], THEIRS[name]))
    close(ours, theirs)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("backend", [None, "eager", "aot_eager"])
def test_per_sample_gradients(name, backend):
    x, w, b = operands(name, grad=False)

    def per_sample(call):
        return vmap(grad(lambda w, b, x: call(x, w, b).square().sum(), (0, 1)), (None, None, 0))

    ours = per_sample(OURS[name])
    torch._dynamo.reset()
    ours = torch.compile(ours, backend=backend) if backend else ours
    close(ours(w, b, x), per_sample(THEIRS[name])(w, b, x))
    close(ours(w, b, x[:, None]), per_sample(THEIRS[name])(w, b, x[:, None]))


def test_transforms_within_transforms():
    x, w, b = operands("conv2d", grad=False)
    for transform in [
        lambda call: vmap(vmap(call, (0, None, None)), (None, 0, 0))(x[:, None], torch.stack([w, w + 1]), torch.stack([b, b])),
        lambda call: jvp(lambda *a: call(*a), (x, w, b), (w.new_ones(x.shape), w, b)),
        lambda call: hessian(lambda w: call(x, w).pow(3).sum())(w),
        lambda call: jacrev(lambda x: vmap(lambda s: call(s, w, b))(x[:, None]))(x),
        lambda call: grad(lambda x: grad(lambda y: call(y, w, b).pow(3).sum())(x).square().sum())(x),
        lambda call: vmap(lambda x: jvp(lambda s: call(s, w, b), (x,), (x,))[1])(x),
    ]:
        torch.testing.assert_close(transform(ft.conv2d), transform(torch.nn.functional.conv2d))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("dynamic", [False, True])
def test_compiled(name, backend, dynamic):
    torch._dynamo.reset()
    arguments = operands(name)
    compiled = torch.compile(lambda *a: OURS[name](*a, padding=1) * 2, backend=backend, fullgraph=True, dynamic=dynamic)
    ours, theirs = compiled(*arguments), THEIRS[name](*arguments, padding=1) * 2
    close(ours, theirs)
    close(torch.autograd.grad(ours.sum(), arguments), torch.autograd.grad(theirs.sum(), arguments))
    longer = [torch.cat([arguments[0], arguments[0]], 2), *arguments[1:]]
    close(compiled(*longer), THEIRS[name](*longer, padding=1) * 2)


def test_exported_traced_and_profiled():
    x, w, b = operands("conv2d", grad=False)
    module = ft.Conv2d(4, 6, 3).double()
    exported = torch.export.export(module, (x,))
    assert "faltung.convolution" in str(exported.graph)
    close(exported.module()(x), module(x))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(ft.conv2d, (x, w, b))
    assert "faltung::convolution" in str(traced.graph)
    close(traced(x, w, b), ft.conv2d(x, w, b))
    with torch.profiler.profile() as profile:
        ft.conv2d(x, w, b)
    assert "faltung::convolution" in {event.key for event in profile.key_averages()}


def test_dispatch_and_function_modes_see_the_operator():
    from torch.overrides import TorchFunctionMode
    from torch.utils._python_dispatch import TorchDispatchMode

    seen = []

    class Dispatch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            seen.append(str(func))
            return func(*args, **(kwargs or {}))

    class Function(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(str(func))
            return func(*args, **(kwargs or {}))

    x, w, _ = operands("conv2d", grad=False)
    for mode in (Dispatch(), Function()):
        seen.clear()
        with mode:
            ft.conv2d(x, w)
        assert any("faltung.convolution" in call for call in seen)


def test_meta_tensors():
    x, w, b = (t.detach().to("meta") for t in operands("conv2d"))
    assert ft.conv2d(x, w, b, stride=2).shape == (2, 6, 2, 2)


def test_without_private_names(monkeypatch):
    """Where PyTorch does not tell what it is doing, the operator is taken, which knows."""
    from faltung.torch import gate, states

    x, w, b = operands("conv2d")
    for name in ("dispatch_modes", "function_modes", "profiler_is_on", "tracing"):
        monkeypatch.setattr(gate, name, states.private(object(), "gone"))
    monkeypatch.setattr(gate, "STATES", gate.what_to_ask())
    before = operators.calls["convolution"]
    close(ft.conv2d(x, w, b), torch.nn.functional.conv2d(x, w, b))
    assert operators.calls["convolution"] == before + 1
