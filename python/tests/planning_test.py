"""Plans made once, prepared weights, the reasons for a choice, tuning, and what PyTorch would choose."""

import gc
import subprocess
import sys

import numpy as np
import pytest
from definition import conv, whole_numbers

import faltung

TEXT = "fwd f32 nchw n2 c3 k4 i9x8 f3x3"


@pytest.fixture
def x():
    return whole_numbers(2, 3, 9, 8)


@pytest.fixture
def w():
    return whole_numbers(4, 3, 3, 3, seed=1)


def test_a_call_as_a_problem(x, w):
    text = faltung.problem(x, w, np.zeros(4, np.float32), padding=1, activation="relu", add=True)
    assert text == "fwd f32 nchw n2 c3 k4 g1 i9x8 f3x3 o9x8 s1 d1 p1 bias add relu"
    assert faltung.problem(x, w, wanted="grad_weight").startswith("wgrad")
    assert faltung.problem(whole_numbers(2, 4, 5), whole_numbers(4, 3, 3), transposed=True).startswith("dgrad")
    assert "constw" in faltung.problem(x, w, constant_weights=True).split()
    with pytest.raises(ValueError, match="wanted"):
        faltung.problem(x, w, wanted="everything")


def test_compiled(x, w):
    compiled = faltung.compile(TEXT + " bias add relu")
    bias, z = whole_numbers(4, seed=2), whole_numbers(2, 4, 7, 6, seed=3)
    expected = np.maximum(conv(x, w, bias) + 2 * z, 0)
    assert np.array_equal(compiled.run(x, w, bias=bias, z=z, alpha=2), expected)
    y = np.empty_like(z)
    assert compiled.run(x, w, y, bias=bias, z=z, alpha=2) is y and np.array_equal(y, expected)
    assert compiled.engine in repr(compiled) and compiled.problem.endswith("bias add relu")
    assert compiled.workspace_bytes >= 0 and compiled.device == "cpu" and compiled.selection.engine == compiled.engine


def test_compiled_gradients(x, w):
    g = whole_numbers(2, 4, 7, 6, seed=2)
    grad_x = faltung.compile(TEXT.replace("fwd", "dgrad")).run(None, w, g)
    grad_w = faltung.compile(TEXT.replace("fwd", "wgrad")).run(x, None, g)
    expected = faltung.functional.convolution_backward(g, x, w)
    assert np.array_equal(grad_x, expected[0]) and np.array_equal(grad_w, expected[1])


def test_compiled_refuses_what_does_not_fit(x, w):
    compiled = faltung.compile(TEXT)
    frozen = np.empty((2, 4, 7, 6), np.float32)
    frozen.flags.writeable = False
    for operands, text in [
        ((x[:1], w), "x has the extents"),
        ((x, w.astype("f8")), "w has the type f64"),
        ((x, None), "w is None"),
        ((x, w, np.empty((2, 4, 7, 7), np.float32)), "y has the extents"),
        ((x, w, frozen), "y is read-only"),
        ((x[:, :, ::-1], w), "x has the strides"),
    ]:
        with pytest.raises(ValueError, match=text):
            compiled.run(*operands)
    with pytest.raises(ValueError, match="bias"):
        compiled.run(x, w, bias=np.zeros(4, np.float32))
    with pytest.raises(ValueError, match="fwd f33|f33"):
        faltung.compile("fwd f33 n1")
    with pytest.raises(faltung.UnsupportedError, match="cpu.window"):
        faltung.compile("fwd f32 nchw n1 c64 k64 i9x9 f3x3", faltung.Policy(only="cpu.window"))


def test_prepared_weights_stay_what_they_were(x, w):
    compiled = faltung.compile(TEXT + " constw")
    before = conv(x, w)
    weights = compiled.prepare(w)
    assert weights.bytes > 0 and not weights.reads_w
    w[:] = 0
    assert np.array_equal(compiled.run(x, weights), before)
    del w
    gc.collect()
    assert np.array_equal(compiled.run(x, weights), before)
    with pytest.raises(ValueError):
        faltung.compile(TEXT + " constw", faltung.Policy(only="reference")).run(x, weights)
    with pytest.raises(ValueError, match="w has the extents"):
        compiled.prepare(x)


def test_prepare(x, w):
    layer = faltung.prepare(faltung.problem(x, w, padding=1, activation="relu"), w)
    assert np.array_equal(layer(x), np.maximum(conv(x, w, padding=1), 0)) and "bytes=" in repr(layer)
    y = np.empty((2, 4, 9, 8), np.float32)
    assert layer(x, y) is y
    weight = whole_numbers(3, 4, 3, seed=2)
    given = whole_numbers(1, 3, 8)
    up = faltung.prepare(faltung.problem(given, weight, stride=2, transposed=True), weight)
    assert np.array_equal(up(given), faltung.functional.conv_transpose1d(given, weight, stride=2))


def test_explain():
    selection = faltung.explain(TEXT)
    assert selection.engine in repr(selection) and selection.problem in repr(selection)
    assert "<table>" in selection._repr_html_() and f"<td>{selection.engine}</td>" in selection._repr_html_()
    refused = [candidate for candidate in selection.candidates if not candidate.accepted]
    assert refused and all(candidate.reason for candidate in refused)
    none = faltung.explain("fwd f32 nchw n1 c64 k64 i9x9 f3x3", faltung.Policy(only="cpu.window"))
    assert none.engine == "" and none.decision == "none"


def test_tuning(tmp_path):
    selection = faltung.tune(TEXT, faltung.Policy(effort="measure", measure_seconds=0.1))
    assert any(candidate.measured_seconds for candidate in selection.candidates)
    path = tmp_path / "records.txt"
    faltung.save_tuning(str(path))
    assert selection.engine in path.read_text()
    script = f"import faltung; faltung.load_tuning({str(path)!r}); print(faltung.explain({selection.problem!r}).decision)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "tuned\n"
    path.write_text("no record\n")
    with pytest.raises(ValueError):
        faltung.load_tuning(str(path))
    with pytest.raises(OSError):
        faltung.load_tuning(str(tmp_path / "missing"))


def test_info():
    info = faltung.info()
    assert info["version"] == faltung.__version__ and info["devices"][0]["device"] == "cpu"
    assert info["devices"][0]["flops"]["vector f32"] > 0
    assert {"cpu.gemm", "reference"} <= {engine["name"] for engine in faltung.engines()}
    for wrong in ("gpu", "cuda:x", "cuda:-1", 3):
        with pytest.raises(ValueError, match="device"):
            faltung.engines(wrong)


def test_torch_selection():
    selection = faltung.torch_selection((16, 64, 56, 56), (64, 64, 3, 3))
    assert selection.backend == "Mkldnn" and selection.format == "contiguous" and selection.reasons[-1] in repr(selection)
    assert faltung.torch_selection((16, 64, 56, 56), (64, 64, 3, 3), flags={"mkldnn_enabled": False}).backend == "Slow2d"
    assert faltung.torch_selection((16, 64, 56, 56), (64, 32, 3, 3)).backend == "refused"
    with pytest.raises(ValueError, match="no_such_flag"):
        faltung.torch_selection((16, 64, 56, 56), (64, 64, 3, 3), flags={"no_such_flag": 1})
    with pytest.raises(ValueError, match="dtype"):
        faltung.torch_selection((16, 64, 56, 56), (64, 64, 3, 3), dtype="f31")
