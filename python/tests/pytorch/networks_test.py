"""Whole networks, small, forward and backward, patched against unpatched."""

import pytest
import torch
from networks import UNet, mobilenet_v2, resnet50

import faltung.torch as ft

# A network, its input, and how many convolutions a pass has.
NETWORKS = {
    "resnet50": (lambda: resnet50(width=4, classes=5), (2, 3, 64, 64), 53),
    "mobilenet_v2": (lambda: mobilenet_v2(divisor=8, classes=5), (2, 3, 64, 64), 52),
    "unet": (lambda: UNet(2, width=4, levels=3), (1, 1, 32, 48), 18),
    "unet_3d": (lambda: UNet(3, width=4, levels=2), (1, 1, 8, 16, 12), 13),
}


def passes(model, x):
    model.zero_grad()
    y = model(x)
    y.square().mean().backward()
    return y, {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def network(name):
    torch.manual_seed(0)
    make, shape, count = NETWORKS[name]
    return make().double(), torch.randn(shape, dtype=torch.double), count


@pytest.mark.parametrize("name", NETWORKS)
def test_forward_and_backward(name):
    model, x, count = network(name)
    expected = passes(model, x)
    with ft.patch() as census:
        torch.testing.assert_close(passes(model, x), expected)
    assert census.routed.total() == count and not census.fell_back


@pytest.mark.parametrize("name", NETWORKS)
def test_inference(name):
    model, x, _ = network(name)
    model.eval()
    with torch.inference_mode():
        expected = model(x)
        with ft.patch():
            for _ in range(3):
                torch.testing.assert_close(model(x), expected)


def test_compiled_and_trained():
    model, x, count = network("unet")
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    with ft.patch() as census:
        torch.testing.assert_close(passes(compiled, x)[0], model(x))
    assert census.compiled == count
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with ft.patch():
        losses = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = (model(x) - 1).square().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < losses[0]
