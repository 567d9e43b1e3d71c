#!/usr/bin/env python3
"""Small calls and whole networks in PyTorch, as they are and under faltung.torch.patch(), in one run.

    PYTHONPATH=build/python python/bench/against_torch.py [--threads 1] [--seconds 2] [NAME …]

Rounds of both ways take turns; the least time of each counts. Networks are those of the tests. Needs PyTorch.
"""

import argparse
import contextlib
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/pytorch"))
from networks import UNet, mobilenet_v2, resnet50  # noqa: E402

import faltung.torch as ft  # noqa: E402

NETWORKS = {
    "ResNet-50, 1x3x224x224": (resnet50, (1, 3, 224, 224)),
    "MobileNetV2, 1x3x224x224": (mobilenet_v2, (1, 3, 224, 224)),
    "U-Net, 1x1x128x128": (lambda: UNet(2, width=32), (1, 1, 128, 128)),
    "3-D U-Net, 1x1x32x32x32": (lambda: UNet(3, width=16, levels=3), (1, 1, 32, 32, 32)),
}


def least(ways, seconds, calls=1):
    """The least seconds a call of each way takes, in rounds that take turns."""
    times = [float("inf")] * len(ways)
    for way in ways:
        way()
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        for i, way in enumerate(ways):
            start = time.perf_counter()
            for _ in range(calls):
                way()
            times[i] = min(times[i], (time.perf_counter() - start) / calls)
        rounds += 1
    return times


def patched(call):
    def within():
        with ft.patch():
            return call()

    return within


def show(name, times, unit, scale):
    theirs, ours = (t * scale for t in times)
    print(f"{name:44} {theirs:10.2f} {ours:10.2f} {unit}   {ours / theirs:5.2f}", flush=True)


def small_calls(seconds):
    x, w = torch.randn(1, 8, 8, 8), torch.randn(8, 8, 3, 3)
    wanted = w.clone().requires_grad_()
    conv2d, grad = torch.nn.functional.conv2d, torch.autograd.grad
    with ft.patch():
        ours = torch.nn.functional.conv2d
    for name, weight in (("no gradient", w), ("gradient, forward", wanted)):
        show(f"1x8x8x8, k3: {name}", least([lambda: conv2d(x, weight), lambda: ours(x, weight)], seconds, 200), "us", 1e6)
    g = torch.randn(1, 8, 6, 6)
    ways = [lambda f=f: grad(f(x, wanted), wanted, g) for f in (conv2d, ours)]
    show("1x8x8x8, k3: forward and backward", least(ways, seconds, 100), "us", 1e6)


def network(name, seconds):
    make, shape = NETWORKS[name]
    torch.manual_seed(0)
    model, x = make(), torch.randn(shape)

    def train():
        model.zero_grad()
        model(x).square().mean().backward()

    def infer():
        with torch.inference_mode():
            model(x)

    show(f"{name}: forward and backward", least([train, patched(train)], seconds), "ms", 1e3)
    model.eval()
    show(f"{name}: inference", least([infer, patched(infer)], seconds), "ms", 1e3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of names; all by default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"PyTorch {torch.__version__}, {arguments.threads} thread(s); {'name':8} PyTorch, patched, ratio", flush=True)
    if not arguments.names:
        small_calls(arguments.seconds)
    for name in NETWORKS:
        if not arguments.names or any(part in name for part in arguments.names):
            network(name, arguments.seconds)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
