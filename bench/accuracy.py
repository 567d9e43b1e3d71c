#!/usr/bin/env python3
"""How far each engine's results are from those in f64, by channels: the table of docs/numerics.md.

usage: bench/accuracy.py FALTUNG [ENGINE[:VARIANT]…]      FALTUNG is the program; needs NumPy

Operands are normally distributed; x is N images of C channels, 16×16, under K = C filters of 3×3. An error is divided by
the root mean square of the exact results, in units of the last place of the type (2^-23 for f32, 2^-10 for f16, 2^-7 for bf16).
A variant, as `faltung explain` names it (cpu.winograd:F6xF6), is measured in f32 only.
"""
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CHANNELS = (4, 32, 256, 1024)
UNITS = {"f32": 2.0**-23, "f16": 2.0**-10, "bf16": 2.0**-7}


def record_of(program, folder, engine, variant, channels):
    """A file of records by which the variant won."""
    path = folder / "tuning.txt"
    path.unlink(missing_ok=True)
    problem = f"fwd f32 nchw n1 c{channels} k{channels} i16x16 f3x3 p1 largetiles"
    subprocess.run([program, "tune", problem, "--output", path], capture_output=True, check=True)
    lines = [line for line in path.read_text().splitlines(keepends=True) if not line.startswith("sha256")]
    rest = lines[-1][lines[-1].index("revision="):]
    text = "".join([*lines[:-1], f"1e-9 {engine} {variant} {rest}"])
    path.write_text(f"{text}sha256 {hashlib.sha256(text.encode()).hexdigest()}\n")
    explained = subprocess.run([program, "explain", problem, "--tuning", path], capture_output=True, text=True).stdout
    if f"* {engine}:{variant} " not in explained:
        sys.exit(f"accuracy.py: {engine} has no variant {variant} of '{problem}'")
    return path


def run(program, folder, engine, dtype, out):
    engine, _, variant = engine.partition(":")
    command = [program, "run", "--op", "conv2d", "--input", folder / "x.npy", "--weight", folder / "w.npy", "--padding", "1",
               "-o", folder / out]
    if variant:
        channels = np.load(folder / "w.npy", mmap_mode="r").shape[0]
        command += ["--transforms", "large", "--tuning", record_of(program, folder, engine, variant, channels)]
    else:
        command += ["--engine", engine]
    done = subprocess.run([*command, "--dtype", dtype], capture_output=True, text=True)
    return done.returncode == 0


def result(program, folder, engine, dtype):
    """The result in f64, or nothing where the engine refuses."""
    if not run(program, folder, engine, dtype, "y.safetensors"):
        return None
    # The program converts; NumPy has no bf16.
    data = (folder / "y.safetensors").read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    raw = data[begin:]
    if dtype == "bf16":
        return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4").astype("f8")
    return np.frombuffer(raw, {"f64": "<f8", "f32": "<f4", "f16": "<f2"}[dtype]).astype("f8")


def errors(program, folder, engine, dtype):
    cells = []
    for channels in CHANNELS:
        random = np.random.default_rng(channels)
        x = random.standard_normal((1, channels, 16, 16))
        w = random.standard_normal((channels, channels, 3, 3))
        if dtype != "f32":  # what the type holds, so that only the sums differ
            x, w = (half(a, dtype) for a in (x, w))
        np.save(folder / "x.npy", x.astype("f4"))
        np.save(folder / "w.npy", w.astype("f4"))
        got, want = result(program, folder, engine, dtype), result(program, folder, "reference", "f64")
        if got is None:
            cells.append("–")
            continue
        error = np.abs(got - want) / np.sqrt(np.mean(want**2)) / UNITS[dtype]
        cells.append(f"{np.sqrt(np.mean(error**2)):.2f}, {error.max():.1f}")
    return cells


def half(array, dtype):
    if dtype == "f16":
        return array.astype("f2").astype("f4")
    return (array.astype("f4").view("u4") & 0xFFFF0000).view("f4")


def main(program, *engines):
    print("| engine | type | " + " | ".join(f"C = {c}" for c in CHANNELS) + " |")
    print("|---" * (2 + len(CHANNELS)) + "|")
    with tempfile.TemporaryDirectory() as name:
        for engine in engines or ("reference", "cpu.gemm", "cpu.window", "cpu.winograd", "cpu.fft"):
            for dtype in ("f32",) if ":" in engine else UNITS:
                print(f"| `{engine}` | {dtype} | " + " | ".join(errors(program, Path(name), engine, dtype)) + " |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
