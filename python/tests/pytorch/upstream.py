"""Runs the tests of convolutions in one of PyTorch's own test files under patch().

    python upstream.py .../pytorch/test/nn/test_convolution.py

The file comes with PyTorch's source, not with its wheel. Its tests run twice: as they are, and under patch(). Prints how many
passed, failed and were skipped, and the census; ends with 1 if a test fails under patch() that passes without. Skipped are the
tests that the file skips itself (no GPU, …) and those of NOT_APPLICABLE; nothing else.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import re
import sys
import unittest
from collections.abc import Iterator
from typing import Any

import torch

os.environ.setdefault("PYTORCH_TESTING_DEVICE_ONLY_FOR", "cpu,cuda")

# Parts of names of tests, and why they say nothing about a convolution that goes through patch().
OTHER_SUMS = "the gradients of PyTorch's own functions, to 1e-5: Faltung adds in another order, nearer to the sum in float64"
NOT_APPLICABLE = {
    "test_conv_backcompat": "loads a file from the network",
    "test_functional_grad_conv2d": OTHER_SUMS,
    "test_grad_conv3d_input": OTHER_SUMS,
    "test_grad_conv3d_weight": OTHER_SUMS,
    "test_conv_thnn_nhwc_cpu_float64": "the layout of float64: PyTorch's own loops keep channels-last, cuDNN, oneDNN and Faltung do not",
}

# Two layouts shall give the same to 1e-5: with plain sums, so PyTorch's switch of transforms on the CPU is off for these.
PLAIN_SUMS = ("test_conv_thnn_nhwc",)


def load(path: pathlib.Path) -> Any:
    from torch.testing._internal import common_cuda

    if not hasattr(common_cuda, "tf32_is_not_fp32"):  # older files import it
        common_cuda.tf32_is_not_fp32 = lambda: False
    sys.path.insert(0, str(path.parent.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def tests_of(module: Any) -> Iterator[unittest.TestCase]:
    """Not by loadTestsFromModule(): PyTorch's files have a load_tests() that wants to be the running script."""
    for value in list(vars(module).values()):  # tests make new names
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == module.__name__:
            for test in unittest.defaultTestLoader.loadTestsFromTestCase(value):
                if re.search("conv", test.id().rsplit(".", 1)[-1], re.I):
                    yield test


def why_not(name: str) -> str | None:
    return next((reason for part, reason in NOT_APPLICABLE.items() if part in name), None)


def run(module: Any, context: Any) -> tuple[dict[str, str], Any]:
    """The outcome of each test: passed, failed, or why it was skipped."""
    outcomes = {}
    with context as census:
        for test in tests_of(module):
            name = test.id().split(".", 1)[-1]
            if reason := why_not(name):
                outcomes[name] = reason
                continue
            result = unittest.TestResult()
            with torch.backends.nnpack.flags(enabled=not any(part in name for part in PLAIN_SUMS)):
                test.run(result)
            faults = result.failures + result.errors
            skips = result.skipped[0][1] if result.skipped else None
            outcomes[name] = faults[0][1] if faults else f"skipped by the file: {skips}" if skips else "passed"
    return outcomes, census


def kind(outcome: str) -> str:
    return "passed" if outcome == "passed" else "failed" if "Traceback" in outcome else "skipped"


def main() -> int:
    if len(sys.argv) < 2 or not pathlib.Path(sys.argv[1]).exists():
        sys.exit(f"{__doc__.splitlines()[0]} Give the path of one.")
    from faltung.torch import patch

    module = load(pathlib.Path(sys.argv[1]).resolve())
    plain, _ = run(module, contextlib.nullcontext())
    patched, census = run(module, patch())
    counts = {name: 0 for name in ("passed", "failed", "skipped")}
    worse = []
    for name, outcome in patched.items():
        counts[kind(outcome)] += 1
        if kind(outcome) == "failed":
            fails_too = kind(plain[name]) == "failed"
            print(f"failed{' without patch() too' if fails_too else ''}: {name}: {outcome.strip().splitlines()[-1]}")
            if not fails_too:
                worse.append(name)
        elif kind(outcome) == "skipped":
            print(f"skipped: {name}: {outcome}")
    print(census)
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + f", {len(worse)} failed under patch() alone")
    if "-v" in sys.argv:
        print("\n".join(patched[name] for name in worse))
    return 1 if worse or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
