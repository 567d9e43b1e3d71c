"""tools/fit_onednn finds the figures that made-up times were made with."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "fit_onednn"
EFFICIENCY, WEIGHT, IMAGE = 0.7, 0.6, 0.1  # of 100 GFLOP/s at 4 GHz


def seconds(channels, size):
    """Of a convolution without padding, so that every tap counts."""
    out = size - 2
    flops = 2 * channels * channels * 9 * out * out
    weights, images = 4 * channels * channels * 9, 4 * channels * (size * size + out * out)
    return flops / (100e9 * EFFICIENCY) + (WEIGHT * weights + IMAGE * images) / 4e9 + 1e-6


class Fit(unittest.TestCase):
    def test_figures_are_found(self):
        lines = []
        for channels in (16, 32, 64, 128, 256, 512):
            for size in (4, 9, 16, 30, 58, 114):
                problem = f"fwd f32 nhwc n1 c{channels} k{channels} g1 i{size}x{size} f3x3 o{size - 2}x{size - 2} s1 d1 p0"
                candidate = {"engine": "cpu.onednn", "variant": "", "measured_ms": 1e3 * seconds(channels, size)}
                lines.append(json.dumps({"problem": problem, "candidates": [candidate, {"engine": "cpu.gemm"}]}))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("\n".join(lines))
            file.flush()
            options = ["--gigaflops", "100", "--gigahertz", "4", "--lanes", "16"]
            table = subprocess.run([sys.executable, TOOL, *options, file.name], check=True, capture_output=True, text=True).stdout
        rows = table[table.index("// last"):].splitlines()
        found = [float(number) for number in re.findall(r"[\d.]+", rows[1])[:3]]
        for got, want in zip(found, (EFFICIENCY, WEIGHT, IMAGE)):
            self.assertAlmostEqual(got, want, delta=0.1 * max(want, 0.5))


if __name__ == "__main__":
    unittest.main()
