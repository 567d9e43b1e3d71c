"""Type checkers know the package: its own files are right, and so are calls of it."""

import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("mypy")
import faltung  # noqa: E402

RIGHT = """
import numpy as np
import faltung
from faltung import functional as F

x, w = np.ones((1, 3, 8, 8), np.float32), np.ones((4, 3, 3, 3), np.float32)
y = F.conv2d(x, w, stride=(1, 2), padding=[(1, 1), (0, 2)], policy=faltung.Policy(threads=1))
print(y.shape, F.conv_general(x, w, (1, 1), "SAME").shape, F.per_sample_gradients(y, x, w)[0].shape)
print(faltung.explain("fwd").candidates[0].estimated_seconds or 0.0, faltung.prepare("fwd", w)(x).shape)
try:
    faltung.compile("fwd")
except faltung.UnsupportedError as error:
    print(error, faltung.__version__ + "")
"""


def check(source, folder):
    (folder / "calls.py").write_text(source)
    place = pathlib.Path(faltung.__file__).parents[1]
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={folder}", "calls.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"MYPYPATH": str(place)})
    return done.stdout


def test_calls_are_typed(tmp_path):
    assert check(RIGHT, tmp_path).startswith("Success")
    assert "strides" in check(RIGHT.replace("stride=(1, 2)", "strides=2"), tmp_path)
    assert "incompatible" in check(RIGHT.replace("stride=(1, 2)", "groups='two'"), tmp_path)
