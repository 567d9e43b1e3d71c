"""A call like an earlier one is done without its checks: what tells calls apart, and when the earlier one no longer counts."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from definition import conv, whole_numbers

from faltung import functional as F


def twice(call):
    """The results of a call that is new and of one that is known."""
    first, second = call(), call()
    assert np.array_equal(first, second) and first is not second and not np.shares_memory(first, second)
    return second


def images(**changes):
    return {"input": whole_numbers(2, 4, 7, 8), "weight": whole_numbers(4, 4, 3, 3, seed=1), **changes}


def test_calls_of_equal_shapes_are_told_apart():
    turned = np.ascontiguousarray(images()["input"].transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    backwards = images()["input"][:, :, ::-1]
    bias = whole_numbers(8, seed=2)
    calls = [
        images(),
        images(input=turned),
        images(input=backwards),
        images(bias=bias[:4]),
        images(bias=bias[::2]),
        images(padding=1),
        images(padding=(1, 0)),
        images(padding=[(0, 1), (1, 0)]),
        images(padding="same"),
        images(padding=1, padding_mode="circular"),
        images(stride=2),
        images(stride=(2, 1)),
        images(dilation=2),
        images(activation="relu"),
        images(weight=whole_numbers(4, 2, 3, 3, seed=1), groups=2),
        {name: array.astype(np.float64) for name, array in images().items()},
        {name: array.astype(np.int32) for name, array in images().items()},
        {name: array + 1j for name, array in images().items()},
        images(policy=None),
    ]
    new = [F.conv2d(**call) for call in calls]
    for _ in range(2):
        for call, expected in itertools.chain(zip(calls, new), zip(calls[::-1], new[::-1])):
            result = F.conv2d(**call)
            assert result.dtype == expected.dtype and result.strides == expected.strides and np.array_equal(result, expected)


def test_transposed_and_unbatched_calls():
    x, w = whole_numbers(2, 4, 7), whole_numbers(4, 4, 3, seed=1)
    forward, transposed = twice(lambda: F.conv1d(x, w)), twice(lambda: F.conv_transpose1d(x, w))
    assert np.array_equal(forward, conv(x, w)) and transposed.shape == (2, 4, 9)
    assert np.array_equal(twice(lambda: F.conv1d(x[0], w)), forward[0])
    with pytest.raises(ValueError, match="axes"):
        F.conv2d(x, w)


def test_other_memory():
    x, w = whole_numbers(2, 4, 7), whole_numbers(4, 4, 3, seed=1)
    for i in range(3):
        other = x + i
        assert np.array_equal(F.conv1d(other, w), conv(other, w))
    shifted = np.concatenate([[0], x.ravel()]).astype(np.float32)[1:].reshape(x.shape)  # its alignment is 4
    assert np.array_equal(twice(lambda: F.conv1d(shifted, w)), conv(x, w))


def test_out():
    x, w = whole_numbers(2, 4, 7), whole_numbers(4, 4, 3, seed=1)
    expected, out, wide = conv(x, w), np.zeros((2, 4, 5), np.float32), np.zeros((2, 4, 10), np.float32)
    for target in (out, out, wide[:, :, ::2], np.zeros((2, 5, 4), np.float32).transpose(0, 2, 1), out):
        target[...] = 0
        assert F.conv1d(x, w, out=target) is target and np.array_equal(target, expected)
    memory = np.zeros(2 * 4 * 7 + 8, np.float32)
    overlapping = memory[: 2 * 4 * 7].reshape(2, 4, 7)
    F.conv1d(overlapping, w)
    for wrong, text in ((memory[8 : 8 + 40].reshape(2, 4, 5), "overlaps"), (out[:1], "out"), (out.astype(np.float64), "out")):
        with pytest.raises(ValueError, match=text):
            F.conv1d(overlapping, w, out=wrong)


def test_no_elements():
    w = whole_numbers(4, 4, 3)
    for _ in range(2):
        assert F.conv1d(np.ones((0, 4, 7), np.float32), w).shape == (0, 4, 5)
        assert F.conv1d(np.ones((2, 4, 7), np.float32), w).shape == (2, 4, 5)


PROGRAM = """
import numpy, sys, faltung
from faltung import functional as F
x, w = numpy.ones((1, 2, 9), "f"), numpy.ones((2, 2, 3), "f")
problem, policy = faltung.problem(x, w), faltung.Policy(effort="measure", measure_seconds=0.01)
if sys.argv[1] == "load":
    faltung.tune(problem, policy)
    faltung.save_tuning("records.txt")
    F.conv1d(x, w)
for _ in range(3):
    F.conv1d(x, w)
if sys.argv[1] == "load":
    faltung.load_tuning("records.txt")
elif sys.argv[1] == "call":
    F.conv1d(x, w, policy=policy)
elif sys.argv[1] != "nothing":
    getattr(faltung, sys.argv[1])(problem, policy)
print("# later", file=open("trace.txt", "a"))
for _ in range(3):
    F.conv1d(x, w)
"""


@pytest.mark.parametrize("what", ["tune", "load", "compile", "explain", "call", "nothing"])
def test_what_was_measured_since_is_heeded(what, tmp_path):
    environment = {"FALTUNG_TUNING": "off", "FALTUNG_TRACE": "trace.txt", "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", PROGRAM, what], cwd=tmp_path, env=environment, check=True)
    before, later = ((tmp_path / "trace.txt").read_text()).split("# later\n")
    assert before.count("# run ") >= 3 and later.count("# run ") == 3
    planned = [line for line in later.splitlines() if line.startswith("# plan ")]
    assert len(planned) == (what != "nothing") and all("decision=tuned" in line for line in planned)


def gradients(**changes):
    call = {"input": whole_numbers(2, 4, 7, 8), "weight": whole_numbers(4, 4, 3, 3, seed=1), **changes}
    mask = call.pop("mask", (True, True, True))
    transposed = call.get("transposed", False)
    forward = {name: value for name, value in call.items() if name not in ("input", "weight", "transposed", "grad_output")}
    output = (F.conv_transpose2d if transposed else F.conv2d)(call["input"], call["weight"], **forward)
    grad_output = call.pop("grad_output", whole_numbers(*output.shape, seed=2).astype(output.dtype))
    return F.convolution_backward(grad_output, output_mask=mask, **call)


def test_gradients_of_equal_shapes_are_told_apart():
    turned = np.ascontiguousarray(whole_numbers(2, 4, 7, 8).transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    calls = [
        {},
        {"input": turned},
        {"weight": whole_numbers(4, 4, 3, 3, seed=3)[:, :, ::-1]},
        {"grad_output": whole_numbers(2, 4, 6, 5, seed=4).transpose(0, 1, 3, 2)},
        {"mask": (True, False, True)},
        {"mask": (False, True, False)},
        {"mask": (False, False, True)},
        {"transposed": True},
        {"padding": 1},
        {"padding": [(0, 1), (1, 0)]},
        {"padding": 1, "padding_mode": "circular"},
        {"stride": 2, "padding": 1},
        {"dilation": 2},
        {"weight": whole_numbers(4, 2, 3, 3, seed=1), "groups": 2},
        {"weight": whole_numbers(4, 2, 3, 3, seed=1), "groups": 2, "transposed": True},
        {"input": whole_numbers(2, 4, 7, 8) + 1j, "weight": whole_numbers(4, 4, 3, 3, seed=1) - 1j},
        {"input": whole_numbers(2, 4, 7, 8).astype(np.float64), "weight": whole_numbers(4, 4, 3, 3, seed=1).astype(np.float64)},
    ]
    new = [gradients(**call) for call in calls]
    for _ in range(2):
        for call, expected in itertools.chain(zip(calls, new), zip(calls[::-1], new[::-1])):
            for result, wanted in zip(gradients(**call), expected):
                assert (result is None) == (wanted is None)
                if wanted is not None:
                    assert result.dtype == wanted.dtype and result.strides == wanted.strides and np.array_equal(result, wanted)


def test_gradients_of_other_memory():
    x, w = whole_numbers(2, 4, 7), whole_numbers(4, 4, 3, seed=1)
    for i in range(3):
        grad_output = whole_numbers(2, 4, 5, seed=i)
        by_input, by_weight, _ = F.convolution_backward(grad_output, x + i, w)
        assert np.array_equal(by_input, F.conv_transpose1d(grad_output, w))
        expected = F.conv1d((x + i).transpose(1, 0, 2), grad_output.transpose(1, 0, 2)).transpose(1, 0, 2)
        assert np.array_equal(by_weight, expected)
    with pytest.raises(ValueError, match="grad_output"):
        F.convolution_backward(grad_output[:, :, :4], x, w)
