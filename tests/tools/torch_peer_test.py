"""bench/peers/torch.py asks PyTorch for the problems that Faltung prints; PyTorch itself is not needed here."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = ROOT / "bench" / "peers" / "torch.py"
sys.path.insert(0, str(ROOT / "bench"))

import problem_text  # noqa: E402
from peers import torch_calls  # noqa: E402


DENSE = "fwd f32 nchw n1 c4 k6 g1 i9x8 f3x3 o9x8 s1 d1 p1"


class ProblemText(unittest.TestCase):
    def test_every_layer_of_the_models_is_read(self):
        count = 0
        for path in sorted((ROOT / "problems" / "models").glob("*.txt")):
            for line in path.read_text().splitlines():
                if not line.startswith("#"):
                    self.assertEqual(str(problem_text.read(line)), line.split("*")[0].strip())
                    count += 1
        self.assertGreater(count, 100)

    def test_one_number_and_one_name_stand_for_all(self):
        problem = problem_text.read("dgrad bf16:bf16:f32 nhwc n2 c8 k16 g4 i10x9 f3x1 o8x9 s1 d2 p-1x0 bias relu *12")
        self.assertEqual((problem.dtypes, problem.layouts), (("bf16", "bf16", "f32"), ("nhwc",) * 3))
        self.assertEqual((problem.dilation, problem.pad, problem.filter), ((2, 2), (-1, 0), (3, 1)))
        self.assertEqual((problem.flags, problem.count), (("bias", "relu"), 12))

    def test_what_is_not_in_full_is_named(self):
        for line in ("fwd f32 nchw i8x8 f3x3", f"{DENSE} *x", "nothing"):
            with self.subTest(line=line), self.assertRaisesRegex(ValueError, "not a problem as `faltung problem` prints it"):
                problem_text.read(line)
        done = subprocess.run([sys.executable, "-B", PEER, "--list"], input="fwd i8 f3\n", capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("fwd i8 f3", done.stderr)

    def test_work_and_bytes_of_a_layer(self):
        problem = problem_text.read("fwd bf16 nchw n2 c8 k16 g4 i10x10 f3x3 o10x10 s1 d1 p1")
        self.assertEqual(problem.flops(), 2 * 2 * 2 * 16 * 9 * 100)
        self.assertEqual(problem.bytes(), 2 * (2 * 8 * 100 + 16 * 2 * 9 + 2 * 16 * 100))
        self.assertEqual([problem.shape(role) for role in "xwy"], [(2, 8, 10, 10), (16, 2, 3, 3), (2, 16, 10, 10)])


class Calls(unittest.TestCase):
    def test_what_pytorch_cannot_do_has_a_reason(self):
        sizes = "n1 c2 k2 g1 i8 f3"
        for text, reason in ((f"fwd i8 ncw {sizes} o6 s1 d1 p0", "no convolution of i8"), (f"fwd f32 ncw {sizes} o7 s1 d1 p1", "both sides"),
                             (f"fwd f32 ncw {sizes} o4 s1 d1 p-1", "both sides"), (f"fwd f32 ncw:nwc:ncw {sizes} o6 s1 d1 p0", "channels-last"),
                             (f"fwd f32 [20,0,9,1]:ncw:ncw {sizes} o6 s1 d1 p0", "channels-last"),
                             (f"fwd f32 ncw {sizes} o6 s1 d1 p0 accumulate", "accumulate")):
            with self.subTest(text=text):
                self.assertIn(reason, torch_calls.refusal(problem_text.read(text)))

    def test_a_filter_that_has_either_layout_goes_with_the_images(self):
        for sizes in ("n1 c8 k8 g1 i8x8 f1x1 o8x8 s1 d1 p0", "n1 c8 k8 g8 i8x8 f3x3 o6x6 s1 d1 p0"):
            problem = problem_text.read(f"fwd bf16 nhwc:nchw:nhwc {sizes}")
            self.assertEqual((torch_calls.layout(problem), torch_calls.refusal(problem)), ("nhwc", ""))

    def test_a_transposed_convolution_has_the_output_padding_that_gives_its_extent(self):
        problem = problem_text.read("dgrad f32 nchw n1 c8 k12 g1 i12x11 f4x3 o5x5 s2 d1 p0 bias")
        self.assertEqual(torch_calls.output_padding(problem), (0, 0))
        problem = problem_text.read("dgrad f32 nchw n1 c8 k12 g1 i12x12 f3x3 o6x6 s2 d1 p1 bias")
        self.assertEqual(torch_calls.output_padding(problem), (1, 1))

    def test_a_stride_that_says_nothing_is_one_that_leaves_one_output(self):
        problem = problem_text.read("fwd f32 ncdhw n1 c1 k1 g1 i2x7x7 f3x1x1 o1x7x7 s1 d1 p1x0x0")
        self.assertEqual(torch_calls.strides(problem), (2, 1, 1))
        self.assertEqual(torch_calls.refusal(problem), "")

    def test_without_pytorch_it_says_so_and_how_to_get_it(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "torch.py").write_text("raise ImportError('none here')")
            done = subprocess.run([sys.executable, "-B", PEER, ROOT / "problems/models/dcgan.txt"], capture_output=True, text=True,
                                  env={"PYTHONPATH": folder})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("PyTorch is not installed", done.stderr)
        self.assertIn("pip install", done.stderr)


if __name__ == "__main__":
    unittest.main()
