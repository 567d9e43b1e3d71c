"""tools/gpu/fit finds figures that choose the kernel which was measured the fastest."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "gpu" / "fit"
LARGE, SMALL = "e25:k2=2,k3=0", "e74:k2=12,k18=0"


def line(channels, times):
    """A data gradient whose result has so many channels, and the milliseconds of each kernel."""
    problem = f"dgrad f32 nchw n8 c{channels} k64 g1 i32x32 f1x1 o32x32 s1 d1 p0 notf32"
    rows = [{"engine": "cuda.cudnn", "variant": name, "measured_ms": ms} for name, ms in times.items()]
    return json.dumps({"problem": problem, "candidates": rows + [{"engine": "trivial", "variant": "", "measured_ms": None}]})


def fit(*lines):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "times.json")
        file.write_text("".join(text + "\n" for text in lines))
        return subprocess.run([sys.executable, TOOL, file, "--rounds", "2000"], capture_output=True, text=True)


class Fit(unittest.TestCase):
    def test_tiles_are_told_from_which_sizes_they_suit(self):
        few = [line(c, {LARGE: 4, SMALL: 1}) for c in (8, 16, 32)]
        many = [line(c, {LARGE: c / 64, SMALL: c / 16}) for c in (512, 1024, 2048)]
        done = fit(*few, *many)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("dgrad: 6 problems, 1.000 of the fastest, 1.000 in sum; cuDNN's first 2.000", done.stdout)
        self.assertIn(LARGE, done.stdout)

    def test_what_is_no_selection_is_told_with_its_line(self):
        done = fit(line(8, {LARGE: 1}), '{"problem": "dgrad f32"}')
        self.assertEqual(done.returncode, 2)
        self.assertIn("times.json:2 is not a line of faltung explain --json", done.stderr)


if __name__ == "__main__":
    unittest.main()
