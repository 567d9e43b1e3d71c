"""PyTorch's own samples of the six functions (OpInfo), eager and compiled, and its wrong calls, under patch()."""

import warnings

import pytest
import torch
from cases import NAMES, THEIRS, check_rounding

import faltung.torch as ft

pytest.importorskip("expecttest", reason="PyTorch's testing module wants expecttest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

INFOS = {info.name.split(".")[-1]: info for info in op_db if info.name.split(".")[-1] in NAMES}
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.complex128, torch.int64]
DIFFERENTIABLE = [torch.float64, torch.complex128]


def samples(name, device, dtype, requires_grad=False):
    torch.manual_seed(0)
    info = INFOS[name]
    if dtype not in info.supported_dtypes(device):
        pytest.skip(f"PyTorch has no {name} on {dtype} for {device}")
    for sample in info.sample_inputs(device, dtype, requires_grad):
        yield sample.input, sample.args, sample.kwargs


def wanted(*values):
    return [v for v in values if isinstance(v, torch.Tensor) and v.requires_grad]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_samples(name, device, dtype):
    for x, args, kwargs in samples(name, device, dtype):
        theirs = THEIRS[name](x, *args, **kwargs)
        with ft.patch() as census:
            ours = getattr(torch.nn.functional, name)(x, *args, **kwargs)
        assert census.routed.total() == 1 and not census.fell_back
        check_rounding(ours, THEIRS[name], x, *args, **kwargs)
        assert (ours.dtype, ours.shape, ours.stride()) == (theirs.dtype, theirs.shape, theirs.stride())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DIFFERENTIABLE, ids=str)
def test_samples_differentiated(name, dtype):
    def call(*a, **k):
        return getattr(torch.nn.functional, name)(*a, **k)

    for i, (x, args, kwargs) in enumerate(samples(name, "cpu", dtype, True)):
        operands = wanted(x, *args)
        theirs = torch.autograd.grad(THEIRS[name](x, *args, **kwargs).abs().square().sum(), operands)
        with ft.patch():
            ours = torch.autograd.grad(call(x, *args, **kwargs).abs().square().sum(), operands)
            torch.testing.assert_close(ours, theirs)
            if i % 3 == 0:
                rest = args[len(operands) - 1 :]
                function = lambda *t: call(*t, *rest, **kwargs)  # noqa: E731
                assert torch.autograd.gradcheck(function, operands, fast_mode=True)
                assert torch.autograd.gradgradcheck(function, operands, fast_mode=True)


@pytest.mark.parametrize("name", NAMES)
def test_samples_compiled(name):
    for x, args, kwargs in list(samples(name, "cpu", torch.float64, True))[::4]:
        torch._dynamo.reset()
        theirs = THEIRS[name](x, *args, **kwargs)
        with ft.patch() as census:
            compiled = torch.compile(
                lambda x, *a: getattr(torch.nn.functional, name)(x, *a, **kwargs), backend="aot_eager", fullgraph=True
            )
            ours = compiled(x, *args)
            assert census.compiled == 1
        torch.testing.assert_close(ours, theirs)
        grads = [torch.autograd.grad(y.sum(), wanted(x, *args)) for y in (ours, theirs)]
        torch.testing.assert_close(*grads)


@pytest.mark.parametrize("name", [name for name in NAMES if INFOS[name].error_inputs_func])
def test_error_inputs(name):
    for case in INFOS[name].error_inputs("cpu"):
        sample = case.sample_input
        with ft.patch() as census, pytest.raises(case.error_type, match=case.error_regex):
            getattr(torch.nn.functional, name)(sample.input, *sample.args, **sample.kwargs)
        assert not census.routed and not census.fell_back
