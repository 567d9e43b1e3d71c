"""bench/peers/torch.py reads the problems that Faltung reads and asks PyTorch for the same; PyTorch itself is not needed here."""
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


def listed(text, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "problems.txt")
        path.write_text(text)
        return subprocess.run([sys.executable, "-B", PEER, path, "--list", *options], capture_output=True, text=True,
                              check=True).stdout.splitlines()


class ProblemText(unittest.TestCase):
    def test_every_layer_of_the_models_is_printed_as_it_was_read(self):
        count = 0
        for path in sorted((ROOT / "problems" / "models").glob("*.txt")):
            lines = [line.split("*")[0].split() for line in path.read_text().splitlines() if not line.startswith("#")]
            for words, problem in zip(lines, problem_text.load(path), strict=True):
                self.assertEqual(str(problem), " ".join(words))
                count += 1
        self.assertGreater(count, 100)

    def test_comments_counts_and_defaults(self):
        one, two = problem_text.parse_file("# a comment\n\nfwd f32 i9x8 f3 c4 k6 p1  # another\n dgrad bf16 ncw i8 f3 s2 *12\n")
        self.assertEqual(str(one), "fwd f32 nchw n1 c4 k6 g1 i9x8 f3x3 o9x8 s1 d1 p1")
        self.assertEqual((str(two), two.count), ("dgrad bf16 ncw n1 c1 k1 g1 i8 f3 o3 s2 d1 p0", 12))

    def test_what_is_no_problem_is_named_with_its_line(self):
        for line in ("fwd f32 nchw i8x8", "fwd f33 i8 f3", "fwd i8 f3 p1 frobnicate", "fwd f32 i8 f3 *x"):
            with self.subTest(line=line), self.assertRaisesRegex(ValueError, "^line 2: "):
                problem_text.parse_file("# first\n" + line)

    def test_work_and_bytes_of_a_layer(self):
        problem = problem_text.parse("fwd bf16 nchw n2 c8 k16 g4 i10x10 f3x3 p1")
        self.assertEqual(problem.flops(), 2 * 2 * 2 * 16 * 9 * 100)
        self.assertEqual(problem.bytes(), 2 * (2 * 8 * 100 + 16 * 2 * 9 + 2 * 16 * 100))
        self.assertEqual([problem.shape(role) for role in "xwy"], [(2, 8, 10, 10), (16, 2, 3, 3), (2, 16, 10, 10)])


class WorkList(unittest.TestCase):
    def test_passes_batch_type_and_layout_are_changed_and_a_bias_stays_with_its_pass(self):
        lines = listed("fwd f32 nchw n1 c4 k4 i8x8 f3x3 p1 bias *2", "--batch", "32", "--dtype", "bf16", "--layout", "last")
        rest = "bf16 nhwc n32 c4 k4 g1 i8x8 f3x3 o8x8 s1 d1 p1"
        self.assertEqual([line.strip() for line in lines], [f"fwd {rest} bias *2", f"dgrad {rest} *2", f"wgrad {rest} *2"])

    def test_equal_layers_come_once_with_their_sum(self):
        lines = listed("fwd f32 i8 f3 *2\nfwd f32 ncw n1 i8 f3\n", "--passes", "wgrad")
        self.assertEqual([line.strip() for line in lines], ["wgrad f32 ncw n1 c1 k1 g1 i8 f3 o6 s1 d1 p0 *3"])

    def test_pytorch_can_be_asked_for_every_layer_of_the_models(self):
        for path in (ROOT / "problems" / "models").glob("*.txt"):
            for problem in problem_text.load(path):
                for direction in problem_text.PASSES:
                    self.assertEqual(torch_calls.refusal(problem.changed(direction)), "")


class Calls(unittest.TestCase):
    def test_what_pytorch_cannot_do_has_a_reason(self):
        for text, reason in (("fwd i8 i4 f3", "GPU"), ("fwd f32 i8 f3 p1:0", "both sides"), ("fwd f32 i8 f3 p-1", "both sides"),
                             ("fwd f32 ncw:nwc:ncw i8 f3", "channels-last"), ("fwd f32 i8 f3 accumulate", "accumulate")):
            with self.subTest(text=text):
                self.assertIn(reason, torch_calls.refusal(problem_text.parse(text)))

    def test_a_transposed_convolution_has_the_output_padding_that_gives_its_extent(self):
        problem = problem_text.parse("dgrad f32 nchw c8 k12 i12x11 f4x3 o5x5 s2 p0x0 bias")
        self.assertEqual(torch_calls.output_padding(problem), (0, 0))
        problem = problem_text.parse("dgrad f32 nchw c8 k12 i12x12 f3x3 o6x6 s2 p1 bias")
        self.assertEqual(torch_calls.output_padding(problem), (1, 1))

    def test_a_stride_that_says_nothing_is_one_that_leaves_one_output(self):
        problem = problem_text.parse("fwd f32 ncdhw i2x7x7 f3x1x1 o1x7x7 s1 p1x0x0")
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
