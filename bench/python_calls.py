#!/usr/bin/env python3
"""What a call from Python costs: a convolution of 1x8x8x8 with 8 filters 3x3, arrays of NumPy and, where it is, PyTorch.

usage: PYTHONPATH=build/python bench/python_calls.py      microseconds a call, least of many short rounds
"""
import time

import numpy as np

import faltung
from faltung import functional as F


def least_microseconds(call, rounds=1000, calls=100):
    least = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        least = min(least, time.perf_counter() - began)
    return 1e6 * least / calls


def show(name, call):
    print(f"{name:44} {least_microseconds(call):6.2f}", flush=True)


def rows(kind, x, w, out):
    compiled = faltung.compile(faltung.problem(x, w, padding=1))
    show(f"{kind}, conv2d", lambda: F.conv2d(x, w, padding=1))
    show(f"{kind}, conv2d, out=", lambda: F.conv2d(x, w, padding=1, out=out))
    show(f"{kind}, a compiled plan, y=", lambda: compiled.run(x, w, out))
    show(f"{kind}, convolution_backward", lambda: F.convolution_backward(out, x, w, padding=1))


def main():
    x, w = np.random.rand(1, 8, 8, 8).astype("f"), np.random.rand(8, 8, 3, 3).astype("f")
    out = np.empty((1, 8, 8, 8), "f")
    little = np.ones((1, 1, 1), "f")
    show("NumPy, conv1d of one element", lambda: F.conv1d(little, little))
    rows("NumPy", x, w, out)
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
    tensors = [torch.from_numpy(array) for array in (x, w, out)]
    rows("PyTorch", *tensors)
    show("torch.nn.functional.conv2d, one thread", lambda: torch.nn.functional.conv2d(*tensors[:2], padding=1))


if __name__ == "__main__":
    main()
