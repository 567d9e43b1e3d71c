#!/usr/bin/env python3
"""Small calls and whole networks in PyTorch, as they are and under faltung.torch.patch(), in one run.

    PYTHONPATH=build/python python/bench/against_torch.py [--device cpu] [--batch 1] [--threads 1] [--seconds 2] [NAME …]

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
    "ResNet-50, 3x224x224": (resnet50, (3, 224, 224)),
    "MobileNetV2, 3x224x224": (mobilenet_v2, (3, 224, 224)),
    "U-Net, 1x128x128": (lambda: UNet(2, width=32), (1, 128, 128)),
    "3-D U-Net, 1x32x32x32": (lambda: UNet(3, width=16, levels=3), (1, 32, 32, 32)),
}


def finish(device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def least(ways, seconds, device, calls=1):
    """The least seconds a call of each way takes, in rounds that take turns; on a GPU until the last has ended."""
    times = [float("inf")] * len(ways)
    for way in ways:
        way()
    finish(device)
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        for i, way in enumerate(ways):
            start = time.perf_counter()
            for _ in range(calls):
                way()
            finish(device)
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


def small_calls(seconds, device):
    x, w = torch.randn(1, 8, 8, 8, device=device), torch.randn(8, 8, 3, 3, device=device)
    wanted = w.clone().requires_grad_()
    conv2d, grad = torch.nn.functional.conv2d, torch.autograd.grad
    with ft.patch():
        ours = torch.nn.functional.conv2d
    for name, weight in (("no gradient", w), ("gradient, forward", wanted)):
        show(f"1x8x8x8, k3: {name}", least([lambda: conv2d(x, weight), lambda: ours(x, weight)], seconds, device, 200), "us", 1e6)
    g = torch.randn(1, 8, 6, 6, device=device)
    ways = [lambda f=f: grad(f(x, wanted), wanted, g) for f in (conv2d, ours)]
    show("1x8x8x8, k3: forward and backward", least(ways, seconds, device, 100), "us", 1e6)


def network(name, seconds, device, batch):
    make, shape = NETWORKS[name]
    torch.manual_seed(0)
    model, x = make().to(device), torch.randn(batch, *shape, device=device)
    name = f"{name}, batch {batch}"

    def train():
        model.zero_grad()
        model(x).square().mean().backward()

    def infer():
        with torch.inference_mode():
            model(x)

    show(f"{name}: forward and backward", least([train, patched(train)], seconds, device), "ms", 1e3)
    model.eval()
    show(f"{name}: inference", least([infer, patched(infer)], seconds, device), "ms", 1e3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of names; all by default")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--batch", type=int, default=1, help="of the networks")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"PyTorch {torch.__version__}, {arguments.device}, {arguments.threads} thread(s); {'name':8} PyTorch, patched, ratio", flush=True)
    if not arguments.names:
        small_calls(arguments.seconds, arguments.device)
    for name in NETWORKS:
        if not arguments.names or any(part in name for part in arguments.names):
            network(name, arguments.seconds, arguments.device, arguments.batch)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
